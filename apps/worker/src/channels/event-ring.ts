import type { EventDraft } from "@orrery/protocol";
import { blankFrame, encodeEvent } from "./frames.ts";

/** An event with its id, and the JSON in which every reader gets it. */
export interface NumberedEvent {
  id: number;
  draft: EventDraft;
  frame: string;
}

interface BatchRow extends Record<string, SqlStorageValue> {
  first_id: number;
  frames: string;
}

/**
 * Characters of a batch, of which each takes three bytes at most: a Durable Object refuses rows of more than
 * 2 MB. Source: https://developers.cloudflare.com/durable-objects/platform/limits/
 */
const batchLimit = 600_000;

/**
 * The last events of a workspace, numbered from 1 and kept in the fleet object's SQLite. A batch is one
 * row, its frames a line each, so a burst costs one insert. Ids are never given twice, not even after
 * the process was killed: a frame leaves the object only once its row is on disk.
 */
export class EventRing {
  readonly #storage: Pick<DurableObjectStorage, "sql" | "transactionSync">;
  readonly #sql: SqlStorage;
  readonly #capacity: number;
  #last: number;
  #oldest: number;

  /** Keeps at least the newest `capacity` events, and the rest of the batch that the oldest is in. */
  constructor(storage: Pick<DurableObjectStorage, "sql" | "transactionSync">, capacity: number) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#capacity = capacity;
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS event_batches (last_id INTEGER PRIMARY KEY, first_id INTEGER NOT NULL, frames TEXT NOT NULL)",
    );
    const ends = this.#sql
      .exec<{ last: number | null; oldest: number | null }>(
        "SELECT max(last_id) AS last, (SELECT first_id FROM event_batches ORDER BY last_id LIMIT 1) AS oldest FROM event_batches",
      )
      .one();
    this.#last = ends.last ?? 0;
    this.#oldest = ends.oldest ?? 1;
  }

  /** The newest id given; 0 before the first event. */
  get last(): number {
    return this.#last;
  }

  /** Whether every event after `id` is still here: false for ids too old, and for ids never given. */
  reaches(id: number): boolean {
    return id >= this.#oldest - 1 && id <= this.#last;
  }

  /** Numbers events and keeps all of them, or none: then no id is given. */
  append(drafts: readonly EventDraft[]): NumberedEvent[] {
    if (drafts.length === 0) return [];
    const first = this.#last + 1;
    const events = drafts.map((draft, index) => ({
      id: first + index,
      draft,
      frame: encodeEvent(first + index, draft),
    }));
    this.#storage.transactionSync(() => this.#insert(events));
    this.#last += events.length;
    this.#prune();
    return events;
  }

  /** The frames after `id`, oldest first; a batch is read when the reader comes to it. */
  *after(id: number): Generator<string, void, undefined> {
    const rows = this.#sql.exec<BatchRow>(
      "SELECT first_id, frames FROM event_batches WHERE last_id > ? ORDER BY last_id",
      id,
    );
    for (const row of rows) {
      const frames = row.frames.split("\n");
      yield* frames.slice(Math.max(0, id + 1 - row.first_id));
    }
  }

  /** Takes away what an agent's events say. Their ids and their order stay, so that no reader misses a step. */
  blank(agentId: string): void {
    const batches = this.#sql
      .exec<{ last_id: number }>("SELECT last_id FROM event_batches WHERE instr(frames, ?)", agentId)
      .toArray();
    for (const { last_id } of batches) {
      const { frames } = this.#sql
        .exec<{ frames: string }>("SELECT frames FROM event_batches WHERE last_id = ?", last_id)
        .one();
      const blanked = frames.split("\n").map((frame) => blankFrame(frame, agentId));
      this.#sql.exec("UPDATE event_batches SET frames = ? WHERE last_id = ?", blanked.join("\n"), last_id);
    }
  }

  #insert(events: readonly NumberedEvent[]): void {
    let batch: NumberedEvent[] = [];
    let size = 0;
    for (const event of events) {
      if (batch.length > 0 && size + event.frame.length >= batchLimit) {
        this.#insertBatch(batch);
        batch = [];
        size = 0;
      }
      batch.push(event);
      size += event.frame.length + 1;
    }
    this.#insertBatch(batch);
  }

  #insertBatch(batch: readonly NumberedEvent[]): void {
    const [first] = batch;
    if (first === undefined) return;
    this.#sql.exec(
      "INSERT INTO event_batches (last_id, first_id, frames) VALUES (?, ?, ?)",
      first.id + batch.length - 1,
      first.id,
      batch.map((event) => event.frame).join("\n"),
    );
  }

  /** Drops whole batches, and only once a quarter of the ring is due: few deletions of many rows. */
  #prune(): void {
    const due = this.#last - this.#capacity;
    if (due - this.#oldest < this.#capacity / 4) return;
    this.#sql.exec("DELETE FROM event_batches WHERE last_id <= ?", due);
    this.#oldest = this.#sql
      .exec<{ oldest: number }>("SELECT first_id AS oldest FROM event_batches ORDER BY last_id LIMIT 1")
      .one().oldest;
  }
}
