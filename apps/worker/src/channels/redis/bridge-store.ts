/** What a bridge keeps, in its object's SQLite. */
import type { ChannelRole } from "@orrery/protocol";
import type { BridgeSettings } from "./bridge-settings.ts";

/**
 * Creates what is missing; times are epoch milliseconds. `bridge` is one row. `bridge_streams` has the streams that were
 * ever read, with the time from which on their entries are ours. `bridge_outbox` holds messages that are not in Redis
 * yet, in the order of `seq`; `bridge_sent` what became of the last ones. `bridge_nonces` has signatures' nonces, each
 * with the entry that brought it.
 */
function migrate(sql: SqlStorage): void {
  sql.exec(`
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
  `);
}

/**
 * `made`: its settings are on disk, and D1 has to hear of it. `listed`: it has. `leaving`: it is being removed, which a
 * crash does not undo.
 */
export type Phase = "made" | "listed" | "leaving";

/** The counts of one channel, since the bridge was made. */
export interface Counts {
  received: number;
  accepted: number;
  rejected: number;
  sent: number;
  gaps: number;
}

export class BridgeStore {
  readonly sql: SqlStorage;
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.sql = storage.sql;
  }

  /** Whether this bridge was ever made. Asking writes nothing. */
  get exists(): boolean {
    return this.sql.exec(`SELECT 1 FROM sqlite_master WHERE name = 'bridge'`).toArray().length > 0;
  }

  create(settings: BridgeSettings, secret: Uint8Array | null): void {
    this.#storage.transactionSync(() => {
      migrate(this.sql);
      this.sql.exec(
        `INSERT INTO bridge (id, settings, secret, phase) VALUES (1, ?, ?, 'made')`,
        JSON.stringify(settings),
        secret,
      );
    });
  }

  /** What was kept; brings the tables up to date first. */
  read(): { settings: BridgeSettings; secret: Uint8Array | null; phase: Phase } {
    migrate(this.sql);
    const row = this.sql
      .exec<{ settings: string; secret: ArrayBuffer | null; phase: string }>(
        `SELECT settings, secret, phase FROM bridge`,
      )
      .one();
    return {
      settings: JSON.parse(row.settings) as BridgeSettings,
      secret: row.secret === null ? null : new Uint8Array(row.secret),
      phase: row.phase as Phase,
    };
  }

  change(settings: BridgeSettings, secret: Uint8Array | null): void {
    this.sql.exec(
      `UPDATE bridge SET settings = ?, secret = ?, phase = 'made'`,
      JSON.stringify(settings),
      secret,
    );
  }

  setPhase(phase: Phase): void {
    this.sql.exec(`UPDATE bridge SET phase = ?`, phase);
  }

  /** From which entry on a stream is ours to read, and whether it was read before. */
  stream(name: string, now: number): { since: number; joined: boolean } {
    this.sql.exec(
      `INSERT INTO bridge_streams (name, since, joined) VALUES (?, ?, 0) ON CONFLICT DO NOTHING`,
      name,
      now,
    );
    const row = this.sql
      .exec<{ since: number; joined: number }>(
        `SELECT since, joined FROM bridge_streams WHERE name = ?`,
        name,
      )
      .one();
    return { since: row.since, joined: row.joined === 1 };
  }

  joined(name: string): void {
    this.sql.exec(`UPDATE bridge_streams SET joined = 1 WHERE name = ?`, name);
  }

  counts(): Map<string, number> {
    const rows = this.sql.exec<{ name: string; value: number }>(`SELECT name, value FROM bridge_counts`);
    return new Map(rows.toArray().map(({ name, value }) => [name, value]));
  }

  saveCounts(counts: ReadonlyMap<ChannelRole, Counts>, reconnects: number): void {
    const values = [...counts].flatMap(([role, of]) =>
      Object.entries(of).map(([name, value]) => [`${role}.${name}`, value] as const),
    );
    this.sql.exec(
      `INSERT INTO bridge_counts (name, value) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      JSON.stringify([...values, ["reconnects", reconnects]]),
    );
  }
}
