/** The algorithms of HTTP signatures that are made and accepted here, and no others (RFC 9421 §3.3). */
import { checkingKeyOf, makingKeyOf } from "../keys/crypto-keys.ts";
import type { RingKey } from "../keys/ring.ts";

export type SignatureAlgorithm = "ed25519" | "hmac-sha256";

/** A key has one algorithm, whatever a message says of it: there is nothing to downgrade to. */
export function algorithmOf({ algorithm }: Pick<RingKey, "algorithm">): SignatureAlgorithm | null {
  if (algorithm === "Ed25519") return "ed25519";
  return algorithm === "HS256" ? "hmac-sha256" : null;
}

/** How Web Crypto names them. */
const names: Record<SignatureAlgorithm, string> = { ed25519: "Ed25519", "hmac-sha256": "HMAC" };

/** Bytes of a signature. Workers throw at an Ed25519 signature of another length; other runtimes say that it is wrong. */
const lengths: Record<SignatureAlgorithm, number> = { ed25519: 64, "hmac-sha256": 32 };

/** Makes signatures of bytes. */
export interface Signer {
  /** As Signature-Input names it. */
  readonly keyId: string;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** Checks signatures of bytes. */
export interface Checker {
  readonly algorithm: SignatureAlgorithm;
  check(signature: Uint8Array, bytes: Uint8Array): Promise<boolean>;
}

/** @throws Error where the key is not one that signs */
function required(key: RingKey): SignatureAlgorithm {
  const algorithm = algorithmOf(key);
  if (algorithm === null) throw new Error(`${key.algorithm} does not sign`);
  return algorithm;
}

/** Signs with a key of the ring. @throws OrreryError conflict where its private half cannot be opened */
export function signerWith(key: RingKey, keyId: string): Signer {
  const name = names[required(key)];
  return {
    keyId,
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign(name, await makingKeyOf(key), bytes)),
  };
}

/** Checks with a key of the ring. @throws OrreryError conflict where it is a secret that cannot be opened */
export function checkerWith(key: RingKey): Checker {
  const algorithm = required(key);
  return {
    algorithm,
    check: async (signature, bytes) =>
      signature.byteLength === lengths[algorithm] &&
      (await crypto.subtle.verify(names[algorithm], await checkingKeyOf(key), signature, bytes)),
  };
}
