/** Addresses that need no token because they carry a signature, and end by themselves. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { base64url } from "jose";
import { type SecuritySettings, signingKeyOf } from "./settings.ts";

/** Signatures of addresses are of nothing else: the key also signs tokens. */
const purpose = "orrery:address\n";

const mac = (key: Uint8Array, path: string, expires: string): Buffer =>
  createHmac("sha256", key).update(`${purpose}${expires}\n${path}`).digest();

/**
 * The path with `expires` (epoch seconds) and `signature` (HMAC-SHA256, base64url) added.
 * @throws OrreryError conflict where the deployment has no signing key
 */
export function signAddress(settings: SecuritySettings, path: string, expiresAt: number): string {
  const expires = String(Math.floor(expiresAt / 1_000));
  const signature = base64url.encode(mac(signingKeyOf(settings), path, expires));
  return `${path}?expires=${expires}&signature=${signature}`;
}

/** Whether the address was signed here for this path and has not ended. */
export function verifyAddress(
  settings: SecuritySettings,
  path: string,
  query: { expires: string; signature: string },
  now: number,
): boolean {
  const { expires, signature } = query;
  if (settings.signingKey === null || !/^\d{1,12}$/.test(expires) || !/^[\w-]{43}$/.test(signature))
    return false;
  if (Number(expires) * 1_000 <= now) return false;
  return timingSafeEqual(mac(settings.signingKey, path, expires), base64url.decode(signature));
}
