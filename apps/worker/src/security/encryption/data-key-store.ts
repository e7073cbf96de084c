/**
 * The data keys of one workspace, wrapped, in its key-ring object. Nothing is written, no table either, before the
 * first key: asking for the key of a workspace that does not exist leaves no trace.
 */
import { randomBytes } from "node:crypto";
import { OrreryError, timestamp } from "@orrery/protocol";
import type { WorkspaceKey } from "@orrery/protocol";
import type { Vault } from "../keys/contract.ts";
import { keyDestroyed, openDataKeys, sealingKey } from "./data-keys.ts";
import { keyBytes } from "./key-encryption-keys.ts";
import type { KeyEncryptionKeys } from "./key-encryption-keys.ts";
import { unwrap, wrap } from "./wrapping.ts";
import type { WrappedKey } from "./wrapping.ts";
import { workspaceVault } from "./workspace-vault.ts";

/** Versions kept: sealing again what lies under the oldest is for whoever comes near. */
const versionLimit = 1_000;

export class DataKeyStore {
  readonly #storage: Pick<DurableObjectStorage, "sql" | "kv" | "transactionSync">;
  readonly #workspaceId: string;
  /** Asked when one is needed: throws where none is configured. */
  readonly #keys: () => KeyEncryptionKeys;
  readonly #now: () => number;

  constructor(
    storage: Pick<DurableObjectStorage, "sql" | "kv" | "transactionSync">,
    workspaceId: string,
    keys: () => KeyEncryptionKeys,
    now: () => number,
  ) {
    this.#storage = storage;
    this.#workspaceId = workspaceId;
    this.#keys = keys;
    this.#now = now;
  }

  /**
   * All versions, each wrapped under the first key-encryption key; the first one is made where there never was any.
   * @throws OrreryError `not_found` where they were destroyed, `conflict` where KEY_ENCRYPTION_KEY does not open them
   */
  lend(): WrappedKey[] {
    if (this.#destroyedAt() !== null) throw keyDestroyed();
    if (this.#lastVersion() === 0) this.#make();
    this.#rewrap();
    return this.#all();
  }

  /** A vault for the object itself. @throws OrreryError as {@link lend} */
  vault(): Vault {
    const keys = openDataKeys(this.lend(), this.#keys(), this.#workspaceId);
    return workspaceVault({
      workspaceId: this.#workspaceId,
      sealing: () => sealingKey(keys, this.#now()),
      opening: (version) => keys.find((key) => key.version === version)?.key,
    });
  }

  /**
   * What may be told of them. All are wrapped under the first key-encryption key then.
   * @throws OrreryError `conflict` where KEY_ENCRYPTION_KEY does not open them
   */
  describe(): WorkspaceKey {
    this.#rewrap();
    const newest = this.#all().at(-1);
    const destroyedAt = this.#destroyedAt();
    return {
      version: newest?.version ?? this.#lastVersion(),
      wrappedBy: newest?.wrappedBy ?? this.#configured(),
      createdAt: newest === undefined ? null : timestamp(newest.createdAt),
      destroyedAt: destroyedAt === null ? null : timestamp(destroyedAt),
    };
  }

  /**
   * A new version that seals from now on; earlier ones still open. After {@link destroy}, this is what allows sealing
   * again; what was sealed before stays unreadable.
   */
  rotate(): WorkspaceKey {
    this.#storage.transactionSync(() => {
      this.#make();
      this.#storage.kv.delete("data-keys-destroyed");
      this.#rewrap();
    });
    return this.describe();
  }

  /** Destroys every version, for good. Takes no key-encryption key: what nobody can open can still be destroyed. */
  destroy(): WorkspaceKey {
    this.#storage.transactionSync(() => {
      if (this.#lastVersion() > 0) {
        // Overwritten first, so that the page does not keep what the row held.
        this.#storage.sql.exec(`UPDATE data_keys SET wrapped = zeroblob(length(wrapped))`);
        this.#storage.sql.exec(`DELETE FROM data_keys`);
      }
      this.#storage.kv.put("data-keys-destroyed", this.#destroyedAt() ?? this.#now());
    });
    return this.describe();
  }

  #make(): void {
    const version = this.#lastVersion() + 1;
    if (this.#all().length >= versionLimit) {
      throw new OrreryError("conflict", `A workspace's key has at most ${versionLimit} versions`);
    }
    const [under] = this.#keys();
    const createdAt = this.#now();
    const { wrapped } = wrap(randomBytes(keyBytes), under, {
      workspaceId: this.#workspaceId,
      version,
      createdAt,
    });
    this.#storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS data_keys (
        version INTEGER PRIMARY KEY,
        wrapped_by TEXT NOT NULL,
        wrapped BLOB NOT NULL,
        created_at INTEGER NOT NULL
      )`);
    this.#storage.sql.exec(
      `INSERT INTO data_keys (version, wrapped_by, wrapped, created_at) VALUES (?, ?, ?, ?)`,
      version,
      under.id,
      wrapped,
      createdAt,
    );
    this.#storage.kv.put("data-key-version", version);
  }

  /** The id of the key that would wrap; null where there is none. */
  #configured(): string | null {
    try {
      return this.#keys()[0].id;
    } catch (error) {
      if (error instanceof OrreryError) return null;
      throw error;
    }
  }

  /** Wraps under the first key-encryption key what is wrapped under an older one. */
  #rewrap(): void {
    const all = this.#all();
    if (all.length === 0) return;
    const [first] = this.#keys();
    for (const old of all) {
      if (old.wrappedBy === first.id) continue;
      const key = unwrap(old, this.#keys(), this.#workspaceId);
      const { wrapped } = wrap(key, first, { ...old, workspaceId: this.#workspaceId });
      this.#storage.sql.exec(
        `UPDATE data_keys SET wrapped_by = ?, wrapped = ? WHERE version = ?`,
        first.id,
        wrapped,
        old.version,
      );
    }
  }

  #all(): WrappedKey[] {
    // Where there was no version, there is no table.
    if (this.#lastVersion() === 0) return [];
    return this.#storage.sql
      .exec<{ version: number; wrapped_by: string; wrapped: ArrayBuffer; created_at: number }>(
        `SELECT * FROM data_keys ORDER BY version`,
      )
      .toArray()
      .map((row) => ({
        version: row.version,
        createdAt: row.created_at,
        wrappedBy: row.wrapped_by,
        wrapped: new Uint8Array(row.wrapped),
      }));
  }

  /** The highest version there ever was: none is given twice, or what is lost would seem to be altered. */
  #lastVersion(): number {
    return this.#storage.kv.get<number>("data-key-version") ?? 0;
  }

  #destroyedAt(): number | null {
    return this.#storage.kv.get<number>("data-keys-destroyed") ?? null;
  }
}
