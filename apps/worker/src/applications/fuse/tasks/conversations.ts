/** Which session of the agent a conversation of the existing system goes on in. */
import { addColumns } from "../add-columns.ts";

/** Days after which a conversation that nobody went on with begins anew. */
const rememberedDays = 30;
/** Milliseconds between two times that it is noted that a conversation goes on. */
const notedEveryMs = 86_400_000;
/** Conversations that one sweep forgets. */
const swept = 1_000;

export class Conversations {
  readonly #sql: SqlStorage;
  readonly #now: () => number;

  constructor(sql: SqlStorage, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  migrate(): void {
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS conversations (
        id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL
      ) WITHOUT ROWID`);
    // Those of before it was noted begin to be old now.
    addColumns(this.#sql, "conversations", { used_at: `INTEGER NOT NULL DEFAULT ${this.#now()}` });
  }

  session(conversation: string): string | undefined {
    return this.#find(conversation)?.sessionId;
  }

  keep(conversation: string, sessionId: string): void {
    const known = this.#find(conversation);
    const now = this.#now();
    if (known?.sessionId === sessionId && now - known.usedAt < notedEveryMs) return;
    this.#sql.exec(
      `INSERT OR REPLACE INTO conversations (id, session_id, used_at) VALUES (?, ?, ?)`,
      conversation,
      sessionId,
      now,
    );
  }

  forget(conversation: string): void {
    this.#sql.exec(`DELETE FROM conversations WHERE id = ?`, conversation);
  }

  /** Forgets some of those with which nobody went on for long; the agent's sessions stay. */
  sweep(): void {
    this.#sql.exec(
      `DELETE FROM conversations WHERE id IN
         (SELECT id FROM conversations WHERE used_at <= ? LIMIT ?)`,
      this.#now() - rememberedDays * 86_400_000,
      swept,
    );
  }

  #find(conversation: string): { sessionId: string; usedAt: number } | undefined {
    const [row] = this.#sql
      .exec(`SELECT session_id, used_at FROM conversations WHERE id = ?`, conversation)
      .toArray();
    return row && { sessionId: String(row["session_id"]), usedAt: Number(row["used_at"]) };
  }
}
