/** States that both sides had, so that it can be told which side changed what since. */
import type { Fields } from "./merge.ts";

interface Sql {
  exec(
    query: string,
    ...bindings: (string | number | null)[]
  ): { toArray(): Record<string, SqlStorageValue>[] };
}

/** Bases that are kept of each agent: how far back a peer may have read what it writes. */
const kept = 16;

export interface Base {
  readonly version: number;
  readonly fields: Fields;
}

export class StateBases {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS state_bases (
        agent TEXT NOT NULL,
        version INTEGER NOT NULL,
        fields TEXT NOT NULL,
        PRIMARY KEY (agent, version)
      ) WITHOUT ROWID;
    `);
  }

  /** The newest; null where both sides never had the same. */
  newest(agent: string): Base | null {
    return this.#read(
      `SELECT version, fields FROM state_bases WHERE agent = ? ORDER BY version DESC LIMIT 1`,
      agent,
    );
  }

  at(agent: string, version: number): Base | null {
    return this.#read(
      `SELECT version, fields FROM state_bases WHERE agent = ? AND version = ?`,
      agent,
      version,
    );
  }

  save(agent: string, { version, fields }: Base): void {
    this.#sql.exec(
      `INSERT INTO state_bases (agent, version, fields) VALUES (?1, ?2, ?3)
       ON CONFLICT (agent, version) DO UPDATE SET fields = ?3`,
      agent,
      version,
      JSON.stringify(fields),
    );
    this.#sql.exec(
      `DELETE FROM state_bases WHERE agent = ?1 AND version <=
         (SELECT version FROM state_bases WHERE agent = ?1 ORDER BY version DESC LIMIT 1 OFFSET ?2)`,
      agent,
      kept,
    );
  }

  remove(agent: string): void {
    this.#sql.exec(`DELETE FROM state_bases WHERE agent = ?`, agent);
  }

  #read(query: string, ...bindings: (string | number)[]): Base | null {
    const [row] = this.#sql.exec(query, ...bindings).toArray();
    return row === undefined
      ? null
      : { version: Number(row["version"]), fields: JSON.parse(String(row["fields"])) as Fields };
  }
}
