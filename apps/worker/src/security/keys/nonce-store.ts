/** Milliseconds that a nonce is kept beyond its end: clocks of isolates differ from the object's. */
const margin = 60_000;

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

  /** `fresh` where nobody has used it before; from then on it is used. Times are in epoch milliseconds. */
  use(keyId: string, nonce: string, expiresAt: number): { fresh: boolean; keptUntil: number } {
    this.#create();
    const keptUntil = expiresAt + margin;
    const { rowsWritten } = this.#sql.exec(
      "INSERT INTO nonces (key_id, nonce, ends_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      keyId,
      nonce,
      keptUntil,
    );
    return { fresh: rowsWritten > 0, keptUntil };
  }

  /** Forgets those that have ended. Answers when the next one ends; null where there is none. */
  sweep(now: number): number | null {
    if (!this.#exists) return null;
    this.#sql.exec("DELETE FROM nonces WHERE ends_at <= ?", now);
    const [next] = this.#sql.exec<{ at: number | null }>("SELECT min(ends_at) AS at FROM nonces").toArray();
    return next?.at ?? null;
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
