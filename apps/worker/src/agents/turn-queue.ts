/**
 * The turns of one agent: those of a session run one after another in the order they were accepted,
 * different sessions side by side up to a limit.
 */
import type { Turn } from "./turn.ts";

/** Sessions of one agent that may run at once. */
const concurrency = 32;

export class TurnQueue {
  readonly #run: (turn: Turn) => Promise<void>;
  readonly #turns = new Map<string, Turn>();
  /** Waiting turns by session; a session with an entry has a turn running. */
  readonly #waiting = new Map<string, Turn[]>();
  /** First turns of sessions that wait for a place. */
  readonly #ready: Turn[] = [];

  constructor(run: (turn: Turn) => Promise<void>) {
    this.#run = run;
  }

  get size(): number {
    return this.#turns.size;
  }

  find(executionId: string): Turn | undefined {
    return this.#turns.get(executionId);
  }

  ofSession(sessionId: string): Turn[] {
    return [...this.#turns.values()].filter((turn) => turn.row.sessionId === sessionId);
  }

  /** Whether a turn of this session would begin at once. */
  startsAtOnce(sessionId: string): boolean {
    return !this.#waiting.has(sessionId) && this.#waiting.size < concurrency;
  }

  /** Takes out a turn that has not begun; false where it has. */
  withdraw(turn: Turn): boolean {
    for (const list of [this.#ready, this.#waiting.get(turn.row.sessionId) ?? []]) {
      const index = list.indexOf(turn);
      if (index === -1) continue;
      list.splice(index, 1);
      this.#turns.delete(turn.row.id);
      return true;
    }
    return false;
  }

  add(turn: Turn): void {
    this.#turns.set(turn.row.id, turn);
    const waiting = this.#waiting.get(turn.row.sessionId);
    if (waiting) waiting.push(turn);
    else if (this.#waiting.size < concurrency) this.#begin(turn);
    else this.#ready.push(turn);
  }

  /** Resolves when every turn that is in the queue now has ended. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.#turns.values(), (turn) => turn.finished));
  }

  abortAll(): void {
    for (const turn of this.#turns.values()) turn.abort.abort();
  }

  #begin(turn: Turn): void {
    const { sessionId } = turn.row;
    if (!this.#waiting.has(sessionId)) this.#waiting.set(sessionId, []);
    void this.#run(turn).finally(() => {
      this.#turns.delete(turn.row.id);
      this.#next(sessionId);
    });
  }

  #next(sessionId: string): void {
    const next = this.#waiting.get(sessionId)?.shift();
    if (next) {
      this.#begin(next);
      return;
    }
    this.#waiting.delete(sessionId);
    const ready = this.#ready.findIndex((turn) => !this.#waiting.has(turn.row.sessionId));
    const [turn] = ready === -1 ? [] : this.#ready.splice(ready, 1);
    if (turn) this.#begin(turn);
  }
}
