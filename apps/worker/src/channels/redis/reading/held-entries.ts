import type { Claim } from "./stream-group.ts";

/** Entries of one stream that are put off beyond which no new ones are read. */
const mostHeld = 100_000;

/**
 * Entries of streams that were put off: in Redis they wait for our acknowledgment, here is when they are to be handed
 * over again. All of it is on disk, so that many take no memory, and a restart asks again for none before its time.
 */
export class HeldEntries {
  readonly #sql: SqlStorage;
  /** How many there are of each stream. */
  readonly #counts = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = sql.exec<{ stream: string; count: number }>(
      `SELECT stream, count(*) AS count FROM bridge_held GROUP BY stream`,
    );
    for (const { stream, count } of rows.toArray()) this.#counts.set(stream, count);
  }

  /** Whether so many are put off that no more should be read. */
  isFull(stream: string): boolean {
    return (this.#counts.get(stream) ?? 0) >= mostHeld;
  }

  /** Which of these are put off. */
  among(stream: string, ids: readonly string[]): Set<string> {
    if (!this.#counts.get(stream)) return new Set();
    const rows = this.#sql.exec<{ id: string }>(
      `SELECT id FROM bridge_held WHERE stream = ? AND id IN (SELECT value FROM json_each(?))`,
      stream,
      JSON.stringify(ids),
    );
    return new Set(rows.toArray().map(({ id }) => id));
  }

  /** Puts entries off until their time. */
  putOff(stream: string, entries: readonly (Claim & { dueAt: number })[]): void {
    this.#add(
      stream,
      `SELECT ?, value ->> 0, NULL, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
       ON CONFLICT (stream, id) DO UPDATE
       SET lane = NULL, due_at = excluded.due_at, deliveries = excluded.deliveries`,
      entries.map(({ id, dueAt, deliveries }) => [id, dueAt, deliveries]),
    );
  }

  /** Puts entries off that wait for the same. To be handed over again and to wait on is no delivery more. */
  park(stream: string, entries: readonly (Claim & { lane: string })[]): void {
    this.#add(
      stream,
      `SELECT ?, value ->> 0, value ->> 1, 0, value ->> 2 FROM json_each(?) WHERE true
       ON CONFLICT (stream, id) DO UPDATE SET lane = excluded.lane, due_at = 0,
         deliveries = CASE WHEN lane IS NULL THEN excluded.deliveries ELSE deliveries END`,
      entries.map(({ id, lane, deliveries }) => [id, lane, deliveries]),
    );
  }

  /** These are put off no more. */
  release(stream: string, ids: readonly string[]): void {
    if (ids.length === 0 || !this.#counts.get(stream)) return;
    const held = this.among(stream, ids);
    if (held.size === 0) return;
    this.#sql.exec(
      `DELETE FROM bridge_held WHERE stream = ? AND id IN (SELECT value FROM json_each(?))`,
      stream,
      JSON.stringify([...held]),
    );
    this.#count(stream, -held.size);
  }

  /** Forgets all of them. */
  clear(): void {
    this.#sql.exec(`DELETE FROM bridge_held`);
    this.#counts.clear();
  }

  /** Entries whose time has come, those that wait longest first. */
  due(stream: string, now: number, limit: number): Claim[] {
    return this.#sql
      .exec<{ id: string; deliveries: number }>(
        `SELECT id, deliveries FROM bridge_held
         WHERE stream = ? AND lane IS NULL AND due_at <= ? ORDER BY due_at LIMIT ?`,
        stream,
        now,
        limit,
      )
      .toArray();
  }

  /** When the next time comes; infinity where there is none. */
  nextDue(stream: string): number {
    if (!this.#counts.get(stream)) return Infinity;
    const [row] = this.#sql
      .exec<{ at: number | null }>(
        `SELECT min(due_at) AS at FROM bridge_held WHERE stream = ? AND lane IS NULL`,
        stream,
      )
      .toArray();
    return row?.at ?? Infinity;
  }

  /** What entries of a stream wait for. */
  lanes(stream: string): string[] {
    return this.#sql
      .exec<{ lane: string }>(
        `SELECT DISTINCT lane FROM bridge_held WHERE stream = ? AND lane IS NOT NULL`,
        stream,
      )
      .toArray()
      .map(({ lane }) => lane);
  }

  /** The first that wait for the same. */
  inLane(stream: string, lane: string, limit: number): Claim[] {
    return this.#sql
      .exec<{ id: string; deliveries: number }>(
        `SELECT id, deliveries FROM bridge_held WHERE stream = ? AND lane = ? ORDER BY seq LIMIT ?`,
        stream,
        lane,
        limit,
      )
      .toArray();
  }

  #add(stream: string, values: string, rows: readonly (readonly [id: string, ...unknown[]])[]): void {
    if (rows.length === 0) return;
    const known = this.among(
      stream,
      rows.map(([id]) => id),
    );
    this.#sql.exec(
      `INSERT INTO bridge_held (stream, id, lane, due_at, deliveries) ${values}`,
      stream,
      JSON.stringify(rows),
    );
    this.#count(stream, rows.length - known.size);
  }

  #count(stream: string, by: number): void {
    this.#counts.set(stream, (this.#counts.get(stream) ?? 0) + by);
  }
}
