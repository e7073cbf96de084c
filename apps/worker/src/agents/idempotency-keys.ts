/**
 * Idempotency keys of executions, kept a day. The table is made by the first key. A confidential agent's hashes are
 * sealed: whoever guesses a request could see by its hash that the guess is right.
 */
import { OrreryError } from "@orrery/protocol";
import type { ColumnSeal } from "./execution-columns.ts";

const keepMs = 24 * 60 * 60_000;
/** Milliseconds after which keys that are over their day are looked for again, by an agent that is never at rest. */
const sweepMs = 60 * 60_000;

/** A caller's key, and the hash of the request it stands for. */
export interface IdempotencyKey {
  key: string;
  requestHash: string;
}

const placeOf = (key: string): string => `idempotency-keys/${key}`;

export class IdempotencyKeys {
  readonly #sql: SqlStorage;
  readonly #seal: ColumnSeal;
  #exists: boolean | undefined;
  #sweptAt: number | undefined;

  constructor(sql: SqlStorage, seal: ColumnSeal) {
    this.#sql = sql;
    this.#seal = seal;
  }

  /**
   * The execution that this key was used for, or null.
   * @throws OrreryError `idempotency_mismatch` where the key stands for another request.
   */
  find({ key, requestHash }: IdempotencyKey, now: number): string | null {
    if (!this.#hasTable()) return null;
    const row = this.#sql
      .exec(
        `SELECT request_hash, execution_id FROM idempotency_keys WHERE key = ? AND created_at > ?`,
        key,
        now - keepMs,
      )
      .toArray()[0];
    if (!row) return null;
    const kept = row["request_hash"];
    const hash = kept instanceof ArrayBuffer ? this.#seal.open(new Uint8Array(kept), placeOf(key)) : kept;
    if (hash !== requestHash) {
      throw new OrreryError(
        "idempotency_mismatch",
        "This Idempotency-Key was used with another request; use a new key for a new request.",
      );
    }
    return String(row["execution_id"]);
  }

  keep({ key, requestHash }: IdempotencyKey, executionId: string, now: number): void {
    if (!this.#hasTable()) {
      this.#sql.exec(`
        CREATE TABLE IF NOT EXISTS idempotency_keys (
          key TEXT PRIMARY KEY,
          request_hash TEXT NOT NULL,
          execution_id TEXT NOT NULL,
          created_at INTEGER NOT NULL
        ) WITHOUT ROWID`);
      this.#exists = true;
    }
    if (now - (this.#sweptAt ?? 0) >= sweepMs) this.sweep(now);
    this.#sql.exec(
      `INSERT OR REPLACE INTO idempotency_keys (key, request_hash, execution_id, created_at) VALUES (?, ?, ?, ?)`,
      key,
      this.#seal.active ? this.#seal.close(requestHash, placeOf(key)) : requestHash,
      executionId,
      now,
    );
  }

  /** Drops keys that are over their day. */
  sweep(now: number): void {
    if (!this.#hasTable()) return;
    this.#sweptAt = now;
    this.#sql.exec(`CREATE INDEX IF NOT EXISTS idempotency_keys_by_time ON idempotency_keys (created_at)`);
    this.#sql.exec(`DELETE FROM idempotency_keys WHERE created_at <= ?`, now - keepMs);
  }

  #hasTable(): boolean {
    this.#exists ??=
      this.#sql
        .exec(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'idempotency_keys'`)
        .toArray().length > 0;
    return this.#exists;
  }
}
