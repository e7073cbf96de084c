import { createHash, timingSafeEqual } from "node:crypto";
import { base64url } from "jose";

/** SHA-256, base64url. Synchronous: on workerd that is 4 µs, as fast as Web Crypto and without a promise. */
export const sha256 = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("base64url");

/** Whether two hashes are equal, in a time that does not tell how much of them is. */
export function sameHash(one: string, other: string): boolean {
  const a = base64url.decode(one);
  const b = base64url.decode(other);
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
