/** What is known of the existing system's agents, from what they say: for handing tasks on, and for people. */

/** Peers remembered; those not heard for longest give way. */
const remembered = 10_000;

export class Peers {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS fuse_peers (
        name TEXT PRIMARY KEY,
        -- A JSON array; null until it said so.
        capabilities TEXT,
        status TEXT,
        heard_at INTEGER NOT NULL
      ) WITHOUT ROWID`);
  }

  /** A peer said what it can do. */
  able(name: string, capabilities: readonly string[], now: number): void {
    this.#sql.exec(
      `INSERT INTO fuse_peers (name, capabilities, heard_at) VALUES (?1, ?2, ?3)
       ON CONFLICT DO UPDATE SET capabilities = ?2, heard_at = ?3`,
      name.slice(0, 200),
      JSON.stringify(capabilities),
      now,
    );
    this.#tidy();
  }

  /** A peer said how it is. */
  heard(name: string, status: string | null, now: number): void {
    this.#sql.exec(
      `INSERT INTO fuse_peers (name, status, heard_at) VALUES (?1, ?2, ?3)
       ON CONFLICT DO UPDATE SET status = coalesce(?2, status), heard_at = ?3`,
      name.slice(0, 200),
      status?.slice(0, 64) ?? null,
      now,
    );
    this.#tidy();
  }

  /** The peer that was heard last of those that can do all of this; null where none said so. */
  whoCan(requires: readonly string[]): string | null {
    if (requires.length === 0) return null;
    const row = this.#sql
      .exec(
        `SELECT name FROM fuse_peers WHERE capabilities IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM json_each(?) AS wanted
           WHERE wanted.value NOT IN (SELECT value FROM json_each(fuse_peers.capabilities)))
         ORDER BY heard_at DESC LIMIT 1`,
        JSON.stringify(requires),
      )
      .toArray()[0];
    return row === undefined ? null : String(row["name"]);
  }

  #tidy(): void {
    const { count } = this.#sql.exec<{ count: number }>(`SELECT count(*) AS count FROM fuse_peers`).one();
    if (count <= remembered) return;
    this.#sql.exec(
      `DELETE FROM fuse_peers WHERE name IN (SELECT name FROM fuse_peers ORDER BY heard_at LIMIT ?)`,
      count - remembered,
    );
  }
}
