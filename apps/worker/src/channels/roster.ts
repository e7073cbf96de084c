/**
 * The agents of a workspace, by id alone: what the index in D1 is rebuilt from when it is lost. The
 * table is made by the first agent.
 */
export class Roster {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(agentId: string): void {
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS agents (id TEXT PRIMARY KEY) WITHOUT ROWID`);
    this.#sql.exec(`INSERT OR IGNORE INTO agents (id) VALUES (?)`, agentId);
  }

  remove(agentId: string): void {
    if (this.#exists()) this.#sql.exec(`DELETE FROM agents WHERE id = ?`, agentId);
  }

  /** At most `limit` ids after `after`, in order. */
  page(after: string, limit: number): string[] {
    if (!this.#exists()) return [];
    const rows = this.#sql.exec(`SELECT id FROM agents WHERE id > ? ORDER BY id LIMIT ?`, after, limit);
    return rows.toArray().map((row) => String(row["id"]));
  }

  #exists(): boolean {
    return this.#sql.exec(`SELECT 1 FROM sqlite_master WHERE name = 'agents'`).toArray().length > 0;
  }
}
