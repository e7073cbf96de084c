/**
 * Signing and encrypting as a peer does it that was given our public keys and gave us its own: detached JWS over the
 * canonical message, and JWE of a message's content. Written with jose and Node alone.
 */
import { randomUUID } from "node:crypto";
import {
  CompactEncrypt,
  FlattenedSign,
  base64url,
  compactDecrypt,
  exportJWK,
  flattenedVerify,
  generateKeyPair,
  importJWK,
} from "jose";
import type { JWK } from "jose";
import type { Message, Value } from "./message.ts";

const keyManagement = "ECDH-ES+A256KW";

export interface PeerKeys {
  /** Names both halves of its signing key. */
  id: string;
  signing: { publicJwk: JWK; privateJwk: JWK };
  encryption: { publicJwk: JWK; privateJwk: JWK };
}

export async function makePeerKeys(id: string): Promise<PeerKeys> {
  const pair = async (algorithm: string, crv: string) => {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { crv, extractable: true });
    return { publicJwk: await exportJWK(publicKey), privateJwk: await exportJWK(privateKey) };
  };
  return { id, signing: await pair("Ed25519", "Ed25519"), encryption: await pair(keyManagement, "P-256") };
}

/** RFC 8785, for values that came from JSON: JavaScript writes numbers and texts as it asks. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.join(",")}}`;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** @param to for whom it is: `<namespace>/<channel>` of a bridge */
export async function sign<Signed extends Value>(value: Signed, keys: PeerKeys, to: string): Promise<Signed> {
  const now = Math.floor(Date.now() / 1_000);
  const header = { alg: "Ed25519", kid: keys.id, iat: now, jti: randomUUID(), aud: to };
  const jws = await new FlattenedSign(bytes(canonical(value)))
    .setProtectedHeader(header)
    .sign(await importJWK(keys.signing.privateJwk, "Ed25519"));
  return { ...value, signature: `${jws.protected}..${jws.signature}` };
}

/** Whether a message was signed by the holder of a key. */
export async function isSignedBy(value: Value, publicJwk: JWK): Promise<boolean> {
  const { signature, ...rest } = value;
  const [header, , signed] = String(signature).split(".");
  if (header === undefined || signed === undefined) return false;
  const jws = { protected: header, payload: base64url.encode(canonical(rest)), signature: signed };
  return flattenedVerify(jws, await importJWK(publicJwk, "Ed25519")).then(
    () => true,
    () => false,
  );
}

/**
 * A message of which only who it is to can read the content; its task is still named. What it is of stands in the
 * ciphertext's header too, unless a peer does not know of that.
 */
export async function seal(message: Message, to: JWK, { bound = true } = {}): Promise<Message> {
  const { content, metadata } = message.body;
  const { source, target } = message.header;
  const { taskId } = content;
  const binding = { iss: source, aud: target, ...(taskId !== undefined && { tid: String(taskId) }) };
  const jwe = await new CompactEncrypt(bytes(JSON.stringify(content)))
    .setProtectedHeader({
      ...(bound && binding),
      alg: keyManagement,
      enc: "A256GCM",
      ...(to.kid !== undefined && { kid: to.kid }),
    })
    .encrypt(await importJWK(to, keyManagement));
  const named = { ...metadata, ...(taskId !== undefined && { task_id: taskId }) };
  return { ...message, body: { ...message.body, content: { jwe }, metadata: named } };
}

/** The content of a message that was encrypted to us. @throws where it was not */
export async function open(message: Message, keys: PeerKeys): Promise<Value> {
  const { plaintext } = await compactDecrypt(
    String(message.body.content["jwe"]),
    await importJWK(keys.encryption.privateJwk, keyManagement),
  );
  return JSON.parse(new TextDecoder().decode(plaintext)) as Value;
}
