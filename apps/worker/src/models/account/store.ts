/** Where an account is kept: as much of a Durable Object's storage as its books use. */

export interface Sql {
  exec(
    query: string,
    ...bindings: (string | number | null)[]
  ): { toArray(): Record<string, SqlStorageValue>[] };
}

export interface AccountStore {
  readonly sql: Sql;
  /** Does all of `work`'s writes, or none of them where it throws. */
  transactionSync<Result>(work: () => Result): Result;
}

/**
 * Creates what is missing. Amounts are integer micro-dollars, days UTC days (`2026-11-20`), other times epoch
 * milliseconds. `calls` has each call that was charged, in the order of charging; `usage` and `spending` are
 * sums over all that ever were, and outlive it. What `lapsed_holds` has is part of `spending`, not of `usage`.
 */
export function migrate(sql: Sql): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS settings (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS budgets (
      id TEXT PRIMARY KEY,
      scope TEXT NOT NULL,
      target_id TEXT,
      period TEXT NOT NULL,
      limit_micros INTEGER NOT NULL,
      created_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS holds (
      id TEXT PRIMARY KEY,
      agent_id TEXT,
      session_id TEXT,
      execution_id TEXT,
      tree_id TEXT,
      micros INTEGER NOT NULL,
      day TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS lapsed_holds (
      id TEXT PRIMARY KEY,
      agent_id TEXT,
      session_id TEXT,
      execution_id TEXT,
      tree_id TEXT,
      micros INTEGER NOT NULL,
      day TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS calls (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      day TEXT NOT NULL,
      agent_id TEXT,
      session_id TEXT,
      execution_id TEXT,
      tree_id TEXT,
      model TEXT NOT NULL,
      outcome TEXT NOT NULL,
      cost_micros INTEGER NOT NULL,
      booked_at INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS usage (
      day TEXT NOT NULL,
      agent_id TEXT NOT NULL,
      model TEXT NOT NULL,
      calls INTEGER NOT NULL,
      failed INTEGER NOT NULL,
      cached INTEGER NOT NULL,
      input_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL,
      images INTEGER NOT NULL,
      cost_micros INTEGER NOT NULL,
      direct_micros INTEGER NOT NULL,
      milli_neurons INTEGER NOT NULL,
      PRIMARY KEY (day, agent_id, model)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS usage_by_agent ON usage (agent_id, day);
    CREATE TABLE IF NOT EXISTS spending (
      scope TEXT NOT NULL,
      target_id TEXT NOT NULL,
      total INTEGER NOT NULL,
      day TEXT NOT NULL,
      day_total INTEGER NOT NULL,
      PRIMARY KEY (scope, target_id)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS spending_peaks (
      scope TEXT NOT NULL,
      period TEXT NOT NULL,
      target_id TEXT NOT NULL,
      micros INTEGER NOT NULL,
      day TEXT NOT NULL,
      PRIMARY KEY (scope, period)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS balance (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      granted INTEGER NOT NULL,
      settled INTEGER NOT NULL,
      released INTEGER NOT NULL
    );
    INSERT OR IGNORE INTO balance (id, granted, settled, released) VALUES (1, 0, 0, 0);
  `);
}

/** What `SELECT value FROM settings` holds under `name`, as JSON; undefined where it was never set. */
export function setting(sql: Sql, name: string): unknown {
  const row = sql.exec(`SELECT value FROM settings WHERE name = ?`, name).toArray()[0];
  return row === undefined ? undefined : JSON.parse(String(row["value"]));
}

export function keepSetting(sql: Sql, name: string, value: unknown): void {
  sql.exec(
    `INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    name,
    JSON.stringify(value),
  );
}
