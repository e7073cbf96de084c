/** Keys of a ring as Web Crypto has them, imported once a lease. */
import { OrreryError } from "@orrery/protocol";
import type { JWK } from "jose";
import type { RingKey } from "./ring.ts";

const hmac = { name: "HMAC", hash: "SHA-256" };

const making = new WeakMap<RingKey, CryptoKey>();
const checking = new WeakMap<RingKey, CryptoKey>();

const imported = (jwk: JWK, algorithm: RingKey["algorithm"], uses: string[]): Promise<CryptoKey> =>
  crypto.subtle.importKey(
    "jwk",
    jwk as JsonWebKey,
    algorithm === "HS256" ? hmac : { name: "Ed25519" },
    false,
    uses,
  );

/** What makes signatures. @throws OrreryError conflict where the private half cannot be opened */
export async function makingKeyOf(key: RingKey): Promise<CryptoKey> {
  const known = making.get(key);
  if (known !== undefined) return known;
  if (key.privateJwk === null) {
    throw new OrreryError("conflict", `The private half of the key ${key.id} cannot be opened here`);
  }
  const made = await imported(key.privateJwk, key.algorithm, ["sign"]);
  making.set(key, made);
  return made;
}

/** What checks signatures. @throws OrreryError conflict where it is a secret that cannot be opened */
export async function checkingKeyOf(key: RingKey): Promise<CryptoKey> {
  const known = checking.get(key);
  if (known !== undefined) return known;
  const jwk = key.algorithm === "HS256" ? key.privateJwk : key.publicJwk;
  if (jwk === null)
    throw new OrreryError("conflict", `The secret of the key ${key.id} cannot be opened here`);
  const made = await imported(jwk as JWK, key.algorithm, ["verify"]);
  checking.set(key, made);
  return made;
}
