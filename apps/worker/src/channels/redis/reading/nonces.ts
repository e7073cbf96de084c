/**
 * Milliseconds for which a signed message may wait in a stream: its age is measured when it was added, so nonces are
 * remembered for as long.
 */
export const longestWaitMs = 24 * 3_600_000;

/** Nonces of signatures, each with the entry that brought it: the same entry may come again, another may not bring it. */
export class Nonces {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether another entry brought this nonce before. */
  seen(nonce: string, entry: string, expiresAt: number): boolean {
    const row = this.#sql
      .exec<{ entry: string }>(
        `INSERT INTO bridge_nonces (nonce, entry, expires_at) VALUES (?, ?, ?)
         ON CONFLICT (nonce) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at) RETURNING entry`,
        nonce,
        entry,
        expiresAt + longestWaitMs,
      )
      .one();
    return row.entry !== entry;
  }

  forget(now: number): void {
    this.#sql.exec(`DELETE FROM bridge_nonces WHERE expires_at < ?`, now);
  }
}
