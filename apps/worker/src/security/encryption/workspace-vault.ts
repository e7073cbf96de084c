/**
 * Seals what lies on disk: AES-256-GCM (NIST SP 800-38D) under a key derived from the workspace's for the place, so that
 * no key is used so often that random nonces could meet, and nothing sealed opens at another place.
 *
 * A sealed value is: 1 (one byte, the format), the version of the workspace's key (four bytes, big-endian), nonce (12),
 * ciphertext, tag (16).
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { OrreryError } from "@orrery/protocol";
import type { Vault } from "../keys/contract.ts";
import { keyDestroyed } from "./data-keys.ts";
import type { DataKeys } from "./data-keys.ts";

const format = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 5;

/** Bytes by which a sealed value is longer than what it holds. */
export const sealOverhead = headBytes + nonceBytes + tagBytes;

const encoder = new TextEncoder();

export function workspaceVault(keys: DataKeys): Vault {
  const context = (version: number, place: string): Uint8Array =>
    encoder.encode(JSON.stringify(["orrery sealed 1", keys.workspaceId, version, place]));
  const keyOf = (key: Uint8Array, about: Uint8Array): Uint8Array =>
    createHmac("sha256", key).update(about).digest();

  return {
    seal(plain, place) {
      const { version, key } = keys.sealing();
      const about = context(version, place);
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", keyOf(key, about), nonce).setAAD(about);
      const sealed = new Uint8Array(sealOverhead + plain.byteLength);
      sealed[0] = format;
      new DataView(sealed.buffer).setUint32(1, version);
      sealed.set(nonce, headBytes);
      sealed.set(cipher.update(plain), headBytes + nonceBytes);
      // A stream cipher: nothing is left for the end but the tag.
      cipher.final();
      sealed.set(cipher.getAuthTag(), sealed.byteLength - tagBytes);
      return sealed;
    },

    open(sealed, place) {
      if (sealed.byteLength < sealOverhead || sealed[0] !== format) throw altered();
      const version = new DataView(sealed.buffer, sealed.byteOffset).getUint32(1);
      const key = keys.opening(version);
      if (key === undefined) throw keyDestroyed();
      const about = context(version, place);
      const nonce = sealed.subarray(headBytes, headBytes + nonceBytes);
      const decipher = createDecipheriv("aes-256-gcm", keyOf(key, about), nonce)
        .setAAD(about)
        .setAuthTag(sealed.subarray(-tagBytes));
      const plain = decipher.update(sealed.subarray(headBytes + nonceBytes, -tagBytes));
      try {
        decipher.final();
      } catch (cause) {
        throw altered(cause);
      }
      return new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
    },
  };
}

const altered = (cause?: unknown): OrreryError =>
  new OrreryError("internal", "What was sealed has been altered or moved", { cause });
