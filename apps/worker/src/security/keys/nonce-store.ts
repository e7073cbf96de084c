/** Milliseconds that a nonce is kept beyond its end: clocks of isolates differ from the object's. */
const margin = 60_000;

/** Rows that one use sweeps at most, so that no request pays for many. */
const sweepLimit = 100;

/**
 * Nonces that signed requests of one workspace have used, until no request could come with them any more. Each key
 * has its own, so that nobody can use up another's. Like keys, they have no table before the first.
 */
export class NonceStore {
  readonly #sql: SqlStorage;
  #exists: boolean;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#exists =
      sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'nonces'").toArray().length > 0;
  }

  /** True where nobody has used it before; from then on it is used. `expiresAt` is in epoch milliseconds. */
  use(keyId: string, nonce: string, expiresAt: number, now: number): boolean {
    this.#create();
    this.sweep(now, sweepLimit);
    const { rowsWritten } = this.#sql.exec(
      "INSERT INTO nonces (key_id, nonce, ends_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      keyId,
      nonce,
      expiresAt + margin,
    );
    return rowsWritten > 0;
  }

  /** Forgets those that have ended. Answers when the next one ends; null where there is none. */
  sweep(now: number, limit: number = Number.MAX_SAFE_INTEGER): number | null {
    if (!this.#exists) return null;
    this.#sql.exec(
      "DELETE FROM nonces WHERE rowid IN (SELECT rowid FROM nonces WHERE ends_at <= ? LIMIT ?)",
      now,
      limit,
    );
    const [next] = this.#sql.exec<{ at: number | null }>("SELECT min(ends_at) AS at FROM nonces").toArray();
    return next?.at ?? null;
  }

  get count(): number {
    if (!this.#exists) return 0;
    return this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM nonces").one().count;
  }

  #create(): void {
    if (this.#exists) return;
    this.#sql.exec(`
      CREATE TABLE nonces (key_id TEXT NOT NULL, nonce TEXT NOT NULL, ends_at INTEGER NOT NULL);
      CREATE UNIQUE INDEX nonces_once ON nonces (key_id, nonce);
      CREATE INDEX nonces_end ON nonces (ends_at);
    `);
    this.#exists = true;
  }
}
