/** The data keys of a workspace, opened, as a vault asks for them. */
import { OrreryError } from "@orrery/protocol";
import type { KeyEncryptionKeys } from "./key-encryption-keys.ts";
import { unwrap } from "./wrapping.ts";
import type { WrappedKey } from "./wrapping.ts";

/**
 * Milliseconds for which whoever was lent the keys may use them without asking again. So long a new version waits
 * before it seals, lest somebody meets what they cannot open yet; and so long a destroyed one lives on in memory.
 */
export const leaseMs = 30_000;

export interface DataKeys {
  readonly workspaceId: string;
  /** Seals. @throws OrreryError where nothing may be sealed, or not now */
  sealing(): { version: number; key: Uint8Array };
  /** Opens; undefined where that version was destroyed. @throws OrreryError where nothing may be opened now */
  opening(version: number): Uint8Array | undefined;
}

/** A version of the key, opened. */
export interface DataKey {
  readonly version: number;
  readonly key: Uint8Array;
  /** Epoch milliseconds from which it seals. */
  readonly sealsFrom: number;
}

/**
 * Opens all versions, oldest first.
 * @throws OrreryError `conflict` where KEY_ENCRYPTION_KEY does not open one
 */
export function openDataKeys(
  wrapped: readonly WrappedKey[],
  keys: KeyEncryptionKeys,
  workspaceId: string,
): DataKey[] {
  return wrapped.map((each, index) => ({
    version: each.version,
    key: unwrap(each, keys, workspaceId),
    // The first is waited for by those who would seal, and nobody holds an earlier one.
    sealsFrom: index === 0 ? 0 : each.createdAt + leaseMs,
  }));
}

/** The newest that seals. @throws OrreryError `not_found` where there is none */
export function sealingKey(keys: readonly DataKey[], now: number): DataKey {
  const key = keys.findLast(({ sealsFrom }) => sealsFrom <= now);
  if (!key) throw keyDestroyed();
  return key;
}

/** What is said wherever something was sealed under a key that is no more. */
export const keyDestroyed = (): OrreryError =>
  new OrreryError("not_found", "The workspace's key was destroyed: what was sealed under it cannot be read");
