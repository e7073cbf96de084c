/**
 * The tables of a bridge; times are epoch milliseconds. `bridge` is one row; `shared_until` is the last message of the
 * outbox, and `shared_letters` says that there are dead letters, which are called in Redis as those of all bridges of the
 * namespace. `bridge_streams` has the streams that were ever read, with the time from which on their entries are ours
 * (`joined`: 0 not read yet, 1 in the group of the namespace, 2 in the bridge's own). `bridge_outbox` holds messages that are not in Redis
 * yet, in the order of `seq`; `bridge_sent` what became of the last ones. `bridge_nonces` has signatures' nonces, each
 * with the entry that brought it. `bridge_sequences` has the last number of each source in a channel, in the order in which
 * these were last heard. `bridge_held` has entries of streams that were put off, in the order in which they came:
 * until a time or, where they have a lane, until whoever they are for takes something.
 */
const tables = `
  CREATE TABLE IF NOT EXISTS bridge (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    settings TEXT NOT NULL,
    secret BLOB,
    phase TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS bridge_streams (
    name TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    joined INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS bridge_counts (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS bridge_outbox (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    channel TEXT,
    value TEXT NOT NULL,
    sign_as TEXT,
    fence_key TEXT,
    fence_token INTEGER,
    keep TEXT
  );
  CREATE TABLE IF NOT EXISTS bridge_sent (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    outcome TEXT NOT NULL,
    told INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS bridge_sent_untold ON bridge_sent (seq) WHERE told = 0;
  CREATE TABLE IF NOT EXISTS bridge_nonces (
    nonce TEXT PRIMARY KEY,
    entry TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS bridge_nonces_by_time ON bridge_nonces (expires_at);
  CREATE TABLE IF NOT EXISTS bridge_sequences (
    source TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    heard INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS bridge_held (
    seq INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    id TEXT NOT NULL,
    lane TEXT,
    due_at INTEGER NOT NULL,
    deliveries INTEGER NOT NULL,
    UNIQUE (stream, id)
  );
  CREATE INDEX IF NOT EXISTS bridge_held_due ON bridge_held (stream, due_at) WHERE lane IS NULL;
  CREATE INDEX IF NOT EXISTS bridge_held_lanes ON bridge_held (stream, lane, seq) WHERE lane IS NOT NULL;
`;

/** Columns that came after the tables that they are in. */
const laterColumns: readonly [table: string, column: string, declaration: string][] = [
  ["bridge_outbox", "replaces", "TEXT"],
  ["bridge_sent", "reason", "TEXT"],
];

/** Creates what is missing. */
export function migrate(sql: SqlStorage): void {
  sql.exec(tables);
  for (const [table, column, declaration] of laterColumns) {
    if (!has(sql, table, column)) sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${declaration}`);
  }
  if (has(sql, "bridge", "shared_until")) return;
  // What is in Redis of a bridge that was there before is called as that of all bridges of its namespace.
  sql.exec(`ALTER TABLE bridge ADD COLUMN shared_until INTEGER NOT NULL DEFAULT 0`);
  sql.exec(`ALTER TABLE bridge ADD COLUMN shared_letters INTEGER NOT NULL DEFAULT 0`);
  sql.exec(
    `UPDATE bridge SET shared_letters = 1,
       shared_until = (SELECT coalesce(max(seq), 0) FROM bridge_outbox)`,
  );
}

function has(sql: SqlStorage, table: string, column: string): boolean {
  return sql.exec(`SELECT 1 FROM pragma_table_info(?) WHERE name = ?`, table, column).toArray().length > 0;
}
