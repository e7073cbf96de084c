/** A workspace's cache: its answers, the flights in the air, and its epoch. All but being called from elsewhere. */
import type { ModelCacheCounts } from "@orrery/protocol";
import type { Clock } from "../clock.ts";
import {
  AnswerStore,
  type Meaning,
  type Sql,
  type StoreBounds,
  type StoredAnswer,
  defaultBounds,
} from "./answer-store.ts";
import { Flights, type Lease } from "./flights.ts";
import { freshMs } from "./recent-answers.ts";

/** What is asked of the shelf. Times are epoch milliseconds. */
export interface ShelfQuestion {
  key: string;
  ttlSeconds: number;
  deadline: number;
  agentId?: string;
  sessionId?: string;
}

/** An answer from the shelf, and the epoch that it belongs to. */
export interface ShelfAnswer extends StoredAnswer {
  similarity: number;
  epoch: number;
}

export type ShelfFound =
  | { found: "hit"; hit: ShelfAnswer }
  | { found: "lead"; lead: ShelfLead; epoch: number }
  | { found: "miss"; epoch: number };

/** Who makes the answer, on the shelf's side. After `share`, `store` or `abandon` it has ended. */
export interface ShelfLead {
  /** The answer to a question that means the same, which is also given to those who wait; else goes on. */
  share(meaning: Meaning, threshold: number): ShelfAnswer | null;
  /** Keeps the answer (JSON of a `CachedAnswer`) and gives it to those who wait. */
  store(answer: string, meaning?: Meaning): ShelfAnswer;
  abandon(): void;
}

/** Hits and misses that may be lost in a crash: so many are counted in memory before they are written. */
const unwrittenCounts = 64;

export class AnswerShelf {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #store: AnswerStore;
  readonly #flights: Flights<ShelfAnswer>;
  /** Questions whose answers are being made. */
  readonly #making = new Set<ShelfQuestion>();
  #epoch: number;
  #hits: number;
  #misses: number;
  #unwritten = 0;

  constructor(sql: Sql, clock: Clock, bounds: StoreBounds = defaultBounds) {
    this.#sql = sql;
    this.#clock = clock;
    this.#store = new AnswerStore(sql, bounds);
    this.#flights = new Flights(clock);
    sql.exec(
      "CREATE TABLE IF NOT EXISTS shelf (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    );
    this.#epoch = this.#read("epoch");
    this.#hits = this.#read("hits");
    this.#misses = this.#read("misses");
  }

  /** When answers were last deleted, in epoch milliseconds: what is of an earlier epoch may be gone. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The answer; or the lead, for who is to make it. Waits while another makes it. */
  async lookup(question: ShelfQuestion): Promise<ShelfFound> {
    const now = this.#clock.now();
    const stored = this.#store.find(question.key, now, now - question.ttlSeconds * 1_000);
    if (stored) return this.#hit({ ...stored, similarity: 1, epoch: this.#epoch });
    const epoch = this.#epoch;
    // What was asked before answers were deleted is not waited for by who asks after.
    const boarding = await this.#flights.board(`${epoch} ${question.key}`, question.deadline);
    if (boarding.role === "passenger") return this.#hit(boarding.answer);
    this.#count("misses", 1);
    if (boarding.role === "late") return { found: "miss", epoch };
    return { found: "lead", epoch, lead: this.#lead(question, epoch, boarding.lease) };
  }

  /** Counts hits that isolates answered by themselves. */
  countHits(hits: number): void {
    this.#count("hits", hits);
  }

  counts(): ModelCacheCounts {
    this.#store.sweep(this.#clock.now());
    return {
      entries: this.#store.entries,
      bytes: this.#store.bytes,
      hits: this.#hits,
      misses: this.#misses,
    };
  }

  /** Deletes every answer; returns the new epoch. */
  clear(): number {
    this.#store.clear();
    this.#hits = 0;
    this.#misses = 0;
    this.#write("hits", 0);
    this.#write("misses", 0);
    return this.#newEpoch();
  }

  /**
   * Deletes the answers made on behalf of an agent, or of one session of it; returns the epoch, which is a new one
   * where some of them were there, are being made, or may be remembered in an isolate after they had to go:
   * most agents leave no answer, and what others are remembered to have been answered stays.
   */
  forget(agentId: string, sessionId?: string): number {
    const deleted = this.#store.forget(agentId, sessionId);
    const making = [...this.#making].some(
      (question) =>
        question.agentId === agentId && (sessionId === undefined || question.sessionId === sessionId),
    );
    const remembered = this.#clock.now() - this.#store.droppedAt < freshMs;
    return deleted || making || remembered ? this.#newEpoch() : this.#epoch;
  }

  /** Deletes what has expired; returns when the next one will, or null where nothing is left. */
  sweep(): number | null {
    this.#writeCounts();
    return this.#store.sweep(this.#clock.now());
  }

  #lead(question: ShelfQuestion, epoch: number, lease: Lease<ShelfAnswer>): ShelfLead {
    const made = (): void => void this.#making.delete(question);
    this.#making.add(question);
    return {
      abandon: () => {
        made();
        lease.abandon();
      },
      share: (meaning, threshold) => {
        const now = this.#clock.now();
        const since = now - question.ttlSeconds * 1_000;
        const found = this.#store.findSimilar(meaning, threshold, now, since);
        if (!found) return null;
        const shared = { ...found, epoch: this.#epoch };
        // This one was counted as a miss when it became the lead.
        this.#count("misses", -1);
        this.#count("hits", 1);
        made();
        lease.land(shared);
        return shared;
      },
      store: (answer, meaning) => {
        made();
        const now = this.#clock.now();
        const stored = { answer, madeAt: now, expiresAt: now + question.ttlSeconds * 1_000 };
        const { key, agentId, sessionId } = question;
        const kept =
          epoch === this.#epoch &&
          this.#store.put(
            {
              ...stored,
              key,
              ...(meaning && { meaning }),
              ...(agentId !== undefined && { agentId }),
              ...(sessionId !== undefined && { sessionId }),
            },
            now,
          );
        // What is not kept is given to those who wait, and to nobody later.
        const given = { ...stored, ...(!kept && { expiresAt: now }), similarity: 1, epoch };
        lease.land(given);
        return given;
      },
    };
  }

  #hit(hit: ShelfAnswer): ShelfFound {
    this.#count("hits", 1);
    return { found: "hit", hit };
  }

  /** Later than any before, even where the clock was set back. */
  #newEpoch(): number {
    this.#epoch = Math.max(this.#clock.now(), this.#epoch + 1);
    this.#write("epoch", this.#epoch);
    return this.#epoch;
  }

  #count(name: "hits" | "misses", by: number): void {
    if (name === "hits") this.#hits += by;
    else this.#misses += by;
    this.#unwritten += 1;
    if (this.#unwritten >= unwrittenCounts) this.#writeCounts();
  }

  #writeCounts(): void {
    if (this.#unwritten === 0) return;
    this.#unwritten = 0;
    this.#write("hits", this.#hits);
    this.#write("misses", this.#misses);
  }

  #read(name: string): number {
    const [row] = this.#sql.exec("SELECT value FROM shelf WHERE name = ?", name).toArray();
    return Number(row?.["value"] ?? 0);
  }

  #write(name: string, value: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO shelf (name, value) VALUES (?, ?)", name, value);
  }
}
