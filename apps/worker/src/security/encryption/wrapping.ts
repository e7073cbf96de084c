/** How a workspace's data key lies on disk: AES-256-GCM under a key-encryption key, bound to whose and which it is. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { OrreryError } from "@orrery/protocol";
import type { KeyEncryptionKey, KeyEncryptionKeys } from "./key-encryption-keys.ts";

const nonceBytes = 12;
const tagBytes = 16;

/** A data key of a workspace, wrapped. */
export interface WrappedKey {
  version: number;
  /** Epoch milliseconds. */
  createdAt: number;
  /** The key-encryption key it is wrapped under. */
  wrappedBy: string;
  /** Nonce, ciphertext, tag. */
  wrapped: Uint8Array;
}

const contextOf = (workspaceId: string, version: number, wrappedBy: string): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(["orrery data key 1", workspaceId, version, wrappedBy]));

export function wrap(
  key: Uint8Array,
  under: KeyEncryptionKey,
  { workspaceId, version, createdAt }: { workspaceId: string; version: number; createdAt: number },
): WrappedKey {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", under.key, nonce).setAAD(
    contextOf(workspaceId, version, under.id),
  );
  const wrapped = new Uint8Array(nonceBytes + key.byteLength + tagBytes);
  wrapped.set(nonce);
  wrapped.set(cipher.update(key), nonceBytes);
  // A stream cipher: nothing is left for the end but the tag.
  cipher.final();
  wrapped.set(cipher.getAuthTag(), nonceBytes + key.byteLength);
  return { version, createdAt, wrappedBy: under.id, wrapped };
}

/** @throws OrreryError `conflict` where the key it is wrapped under is not configured, `internal` where it was altered */
export function unwrap(
  { version, wrappedBy, wrapped }: WrappedKey,
  keys: KeyEncryptionKeys,
  workspaceId: string,
): Uint8Array {
  const under = keys.find(({ id }) => id === wrappedBy);
  if (!under) {
    throw new OrreryError(
      "conflict",
      `The workspace's key is wrapped under "${wrappedBy}", which KEY_ENCRYPTION_KEY no longer holds`,
    );
  }
  const decipher = createDecipheriv("aes-256-gcm", under.key, wrapped.subarray(0, nonceBytes))
    .setAAD(contextOf(workspaceId, version, wrappedBy))
    .setAuthTag(wrapped.subarray(-tagBytes));
  try {
    const key = new Uint8Array(decipher.update(wrapped.subarray(nonceBytes, -tagBytes)));
    decipher.final();
    return key;
  } catch (cause) {
    throw new OrreryError(
      "conflict",
      `The workspace's key does not open under "${wrappedBy}": KEY_ENCRYPTION_KEY holds another key of that name`,
      { cause },
    );
  }
}
