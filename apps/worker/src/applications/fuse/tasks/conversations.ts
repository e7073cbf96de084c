/** Which session of the agent a conversation of the existing system goes on in. */
export class Conversations {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  migrate(): void {
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS conversations (
        id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL
      ) WITHOUT ROWID`);
  }

  session(conversation: string): string | undefined {
    const row = this.#sql
      .exec(`SELECT session_id FROM conversations WHERE id = ?`, conversation)
      .toArray()[0];
    return row === undefined ? undefined : String(row["session_id"]);
  }

  keep(conversation: string, sessionId: string): void {
    if (this.session(conversation) === sessionId) return;
    this.#sql.exec(
      `INSERT OR REPLACE INTO conversations (id, session_id) VALUES (?, ?)`,
      conversation,
      sessionId,
    );
  }

  forget(conversation: string): void {
    this.#sql.exec(`DELETE FROM conversations WHERE id = ?`, conversation);
  }
}
