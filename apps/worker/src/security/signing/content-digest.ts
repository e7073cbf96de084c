/** Digests of bodies: the Content-Digest field (RFC 9530). */
import { createHash, timingSafeEqual } from "node:crypto";
import { parseDictionary, serializeDictionary } from "structured-headers";
import { unauthenticated } from "../refusal.ts";

/** The algorithms that RFC 9530 has for adversarial settings; the rest are not looked at. */
const algorithms = { "sha-256": "sha256", "sha-512": "sha512" } as const;
export type DigestAlgorithm = keyof typeof algorithms;

const names = Object.keys(algorithms) as DigestAlgorithm[];

const digest = (body: Uint8Array, algorithm: DigestAlgorithm): Buffer =>
  createHash(algorithms[algorithm]).update(body).digest();

/** The field's value for a body. */
export const contentDigest = (body: Uint8Array, algorithm: DigestAlgorithm = "sha-256"): string =>
  serializeDictionary(new Map([[algorithm, [digest(body, algorithm), new Map()]]]));

/**
 * Holds a body to its Content-Digest: every digest in it by an algorithm that is known, and at least one.
 * @throws OrreryError unauthenticated
 */
export function checkContentDigest(field: string, body: Uint8Array): void {
  let digests: ReturnType<typeof parseDictionary>;
  try {
    digests = parseDictionary(field);
  } catch (cause) {
    throw unauthenticated("The Content-Digest is not well formed", cause);
  }
  const known = names.filter((name) => digests.has(name));
  if (known.length === 0) {
    throw unauthenticated("The Content-Digest has neither sha-256 nor sha-512");
  }
  for (const name of known) {
    const value = digests.get(name)?.[0];
    if (!(value instanceof ArrayBuffer)) throw unauthenticated("The Content-Digest is not well formed");
    const actual = digest(body, name);
    const given = new Uint8Array(value);
    if (given.byteLength !== actual.byteLength || !timingSafeEqual(given, actual)) {
      throw unauthenticated("The body is not the one that was signed: its Content-Digest differs");
    }
  }
}
