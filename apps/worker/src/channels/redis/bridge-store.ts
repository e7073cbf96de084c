/** What a bridge keeps, in its object's SQLite. */
import type { ChannelRole } from "@orrery/protocol";
import type { BridgeSettings } from "./bridge-settings.ts";
import { migrate } from "./bridge-tables.ts";

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
  read(): {
    settings: BridgeSettings;
    secret: Uint8Array | null;
    phase: Phase;
    sharedUntil: number;
    sharedLetters: boolean;
  } {
    migrate(this.sql);
    const row = this.sql
      .exec<{
        settings: string;
        secret: ArrayBuffer | null;
        phase: string;
        shared_until: number;
        shared_letters: number;
      }>(`SELECT settings, secret, phase, shared_until, shared_letters FROM bridge`)
      .one();
    return {
      settings: JSON.parse(row.settings) as BridgeSettings,
      secret: row.secret === null ? null : new Uint8Array(row.secret),
      phase: row.phase as Phase,
      sharedUntil: row.shared_until,
      sharedLetters: row.shared_letters === 1,
    };
  }

  /** None of the bridge's dead letters lies any more where all bridges of the namespace had theirs. */
  ownLettersOnly(): void {
    this.sql.exec(`UPDATE bridge SET shared_letters = 0`);
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

  /** Notes that from now on the entries of a stream are ours; said once, it stays said. */
  noteStream(name: string, now: number): void {
    this.sql.exec(
      `INSERT INTO bridge_streams (name, since, joined) VALUES (?, ?, 0) ON CONFLICT DO NOTHING`,
      name,
      now,
    );
  }

  /** From when on the entries of a stream are ours, and by which group they were read so far. */
  stream(name: string): { since: number; joined: "never" | "shared" | "own" } {
    const row = this.sql
      .exec<{ since: number; joined: number }>(
        `SELECT since, joined FROM bridge_streams WHERE name = ?`,
        name,
      )
      .one();
    return { since: row.since, joined: row.joined === 2 ? "own" : row.joined === 1 ? "shared" : "never" };
  }

  /** The stream is read by the bridge's own group. */
  joined(name: string): void {
    this.sql.exec(`UPDATE bridge_streams SET joined = 2 WHERE name = ?`, name);
  }

  /** None of the streams was ever read: they are others, although they may be called as these were. */
  forgetStreams(): void {
    this.sql.exec(`DELETE FROM bridge_streams`);
  }

  /** Streams that were ever read. */
  streamsRead(): string[] {
    const rows = this.sql.exec<{ name: string }>(`SELECT name FROM bridge_streams WHERE joined > 0`);
    return rows.toArray().map(({ name }) => name);
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
