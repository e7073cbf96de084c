/** Where ownership is kept: as much of a Durable Object's storage as it uses. */
import { addColumns } from "../add-columns.ts";

export type SqlValue = string | number | null;

export interface Sql {
  exec(query: string, ...bindings: SqlValue[]): { toArray(): Record<string, SqlStorageValue>[] };
}

export interface Store {
  readonly sql: Sql;
  /** Does all of `work`'s writes, or none of them where it throws. */
  transactionSync<Result>(work: () => Result): Result;
}

/** Creates what is missing. Times are epoch milliseconds. */
export function migrateStore(sql: Sql): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS ownership_decisions (
      seq INTEGER PRIMARY KEY,
      task TEXT NOT NULL,
      agent TEXT NOT NULL,
      side TEXT NOT NULL,
      at INTEGER NOT NULL,
      -- When the existing agent's result of it came.
      answered_at INTEGER,
      -- Of a task of ours in the shared stream, its entry.
      entry TEXT,
      UNIQUE (task, agent)
    );
    -- Acknowledgments that the lease kept from Redis: when these tasks came, it may have been another's.
    CREATE TABLE IF NOT EXISTS ownership_late (
      agent TEXT NOT NULL,
      task TEXT NOT NULL,
      PRIMARY KEY (agent, task)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ownership_leases (
      agent TEXT PRIMARY KEY,
      -- The last token that was ours; 0 where there never was one.
      token INTEGER NOT NULL DEFAULT 0,
      -- Whether answers came back fenced, and wait to be sent again.
      fenced INTEGER NOT NULL DEFAULT 0,
      -- Whether the existing agent ever was on private channels: what it still says there is heard.
      was_private INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ownership_transitions (
      agent TEXT PRIMARY KEY,
      -- JSON: see transitions.ts.
      transition TEXT NOT NULL,
      started_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    -- Unfinished tasks on their way back, and under a null task the message of the key \`last\`, which follows them.
    -- Each goes when it is in Redis.
    CREATE TABLE IF NOT EXISTS ownership_handbacks (
      seq INTEGER PRIMARY KEY,
      agent TEXT NOT NULL,
      task TEXT,
      last TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS ownership_handbacks_by_agent ON ownership_handbacks (agent, last);
    -- What existing agents said on private channels that is not in the shared one yet.
    CREATE TABLE IF NOT EXISTS ownership_results (
      seq INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      agent TEXT NOT NULL,
      -- Not used any more.
      task TEXT NOT NULL DEFAULT '',
      value TEXT NOT NULL,
      fenced INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE IF NOT EXISTS ownership_shadows (
      agent TEXT NOT NULL,
      task TEXT NOT NULL,
      at INTEGER NOT NULL,
      legacy TEXT,
      orrery TEXT,
      PRIMARY KEY (agent, task)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ownership_differences (
      seq INTEGER PRIMARY KEY,
      agent TEXT NOT NULL,
      task TEXT NOT NULL,
      difference TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS ownership_differences_by_agent ON ownership_differences (agent, seq);
    CREATE TABLE IF NOT EXISTS ownership_counts (
      agent TEXT PRIMARY KEY,
      compared INTEGER NOT NULL DEFAULT 0,
      different INTEGER NOT NULL DEFAULT 0,
      unmatched INTEGER NOT NULL DEFAULT 0,
      duplicates INTEGER NOT NULL DEFAULT 0,
      cost_micros INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
  `);
  addColumns(sql, "ownership_decisions", {
    // Of a task of ours: 0 until the agent has it; 1 where its sender is told so, 2 where its form knows no such word.
    // -1 where it was given up before that was known.
    accepted: "INTEGER NOT NULL DEFAULT 0",
    // Whether it came when the lease was another's, who has it, too.
    late: "INTEGER NOT NULL DEFAULT 0",
    // To whom a task of ours was given away.
    moved_to: "TEXT",
  });
}

const tablesByAgent = [
  "ownership_decisions",
  "ownership_late",
  "ownership_leases",
  "ownership_transitions",
  "ownership_handbacks",
  "ownership_results",
  "ownership_shadows",
  "ownership_differences",
  "ownership_counts",
] as const;

/** Removes all that is kept of an agent. */
export function forgetAgent(sql: Sql, fuseAgentId: string): void {
  for (const table of tablesByAgent) sql.exec(`DELETE FROM ${table} WHERE agent = ?`, fuseAgentId);
}
