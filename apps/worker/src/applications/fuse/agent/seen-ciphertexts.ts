/**
 * Whose a ciphertext was that was taken over. It opens for whoever asks the agent it is to, and the answer goes to who
 * asked: a copy under another name would have the agent tell that one what it holds.
 */
import { sha256 } from "../../../security/index.ts";
import { rememberedDays } from "../tasks/task-store.ts";

/** Ciphertexts that one sweep forgets. */
const swept = 1_000;

export class SeenCiphertexts {
  readonly #sql: SqlStorage;
  readonly #now: () => number;

  constructor(sql: SqlStorage, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  migrate(): void {
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS ciphertexts (
        -- SHA-256.
        hash TEXT PRIMARY KEY,
        source TEXT,
        seen_at INTEGER NOT NULL
      ) WITHOUT ROWID`);
  }

  /** Notes whose it is, and says whether it was somebody else's before. */
  isAnothers(jwe: string, source: string | null): boolean {
    const hash = sha256(jwe);
    const [row] = this.#sql.exec(`SELECT source FROM ciphertexts WHERE hash = ?`, hash).toArray();
    if (row) return row["source"] !== source;
    this.#sql.exec(
      `INSERT INTO ciphertexts (hash, source, seen_at) VALUES (?, ?, ?)`,
      hash,
      source,
      this.#now(),
    );
    return false;
  }

  /** Forgets some of those that came longer ago than tasks are remembered. */
  sweep(): void {
    this.#sql.exec(
      `DELETE FROM ciphertexts WHERE hash IN (SELECT hash FROM ciphertexts WHERE seen_at <= ? LIMIT ?)`,
      this.#now() - rememberedDays * 86_400_000,
      swept,
    );
  }
}
