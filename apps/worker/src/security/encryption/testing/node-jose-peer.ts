/** The program of a peer that speaks JWE by node-jose: see ask-node-jose.ts. */
import { readFileSync } from "node:fs";
import nodeJose from "node-jose";
import type { PeerRequest } from "./ask-node-jose.ts";

async function answer(request: PeerRequest): Promise<string> {
  if ("decrypt" in request) {
    const key = await nodeJose.JWK.asKey(request.decrypt.key);
    const { plaintext } = await nodeJose.JWE.createDecrypt(key).decrypt(request.decrypt.jwe);
    return plaintext.toString();
  }
  const key = await nodeJose.JWK.asKey(request.encrypt.key);
  const options = { format: "compact", contentAlg: "A256GCM", fields: { alg: "ECDH-ES+A256KW" } } as const;
  return await nodeJose.JWE.createEncrypt(options, key)
    .update(new TextEncoder().encode(request.encrypt.text))
    .final();
}

process.stdout.write(await answer(JSON.parse(readFileSync(0, "utf8")) as PeerRequest));
