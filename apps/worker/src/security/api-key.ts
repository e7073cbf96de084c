import { base64url } from "jose";
import { type Id, newId } from "@orrery/protocol";
import { sha256 } from "./secrets.ts";

/**
 * An API key is `ork_<id>_<secret>`: the id's 32 hexadecimal digits, by which its row is found, and
 * 256 random bits in base64url. A secret that long cannot be guessed, so a plain SHA-256 keeps it safe
 * at rest; slow password hashes are for what people invent.
 */
const form = /^ork_([0-9a-f]{8})([0-9a-f]{4})(7[0-9a-f]{3})([89ab][0-9a-f]{3})([0-9a-f]{12})_([\w-]{43})$/;

export interface NewApiKey {
  id: Id;
  /** The whole key, shown once. */
  key: string;
  secretHash: string;
}

/** Makes a key. Only `id` and `secretHash` are to be kept. */
export function newApiKey(id: Id = newId()): NewApiKey {
  const secret = base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
  return { id, key: `ork_${id.replaceAll("-", "")}_${secret}`, secretHash: sha256(secret) };
}

/** Whether a token claims to be an API key. */
export const looksLikeApiKey = (token: string): boolean => token.startsWith("ork_");

/** The parts of a well-formed key, its secret hashed; null for anything else. */
export function parseApiKey(token: string): { id: Id; secretHash: string } | null {
  const parts = form.exec(token);
  if (parts === null) return null;
  return { id: parts.slice(1, 6).join("-"), secretHash: sha256(parts[6] ?? "") };
}
