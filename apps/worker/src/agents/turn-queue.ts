/**
 * The turns of one agent: those of a session run one after another in the order they were accepted,
 * different sessions side by side up to a limit. A session that has had its turn goes behind those that wait.
 */
import type { Turn } from "./turn.ts";

/** Sessions of one agent that may run at once. */
const concurrency = 32;

export class TurnQueue {
  readonly #run: (turn: Turn) => Promise<void>;
  readonly #turns = new Map<string, Turn>();
  /** Turns that have not begun, by session, in the order in which they were accepted. */
  readonly #waiting = new Map<string, Turn[]>();
  /** Sessions with a turn under way. */
  readonly #running = new Set<string>();
  /** Sessions whose turns wait for a place, the one that has waited longest first. */
  readonly #ready = new Set<string>();

  /** `run` never rejects. */
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
    return !this.#isKnown(sessionId) && this.#running.size < concurrency;
  }

  /** Takes out a turn that has not begun; false where it has. */
  withdraw(turn: Turn): boolean {
    const { sessionId } = turn.row;
    const waiting = this.#waiting.get(sessionId) ?? [];
    const index = waiting.indexOf(turn);
    if (index === -1) return false;
    waiting.splice(index, 1);
    if (waiting.length === 0) {
      this.#waiting.delete(sessionId);
      this.#ready.delete(sessionId);
    }
    this.#turns.delete(turn.row.id);
    return true;
  }

  add(turn: Turn): void {
    const { id, sessionId } = turn.row;
    this.#turns.set(id, turn);
    const known = this.#isKnown(sessionId);
    const waiting = this.#waiting.get(sessionId);
    if (waiting) waiting.push(turn);
    else this.#waiting.set(sessionId, [turn]);
    if (known) return;
    this.#ready.add(sessionId);
    this.#beginNext();
  }

  /** Resolves when every turn that is in the queue now has ended. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.#turns.values(), (turn) => turn.finished));
  }

  abortAll(): void {
    for (const turn of this.#turns.values()) turn.abort.abort();
  }

  #isKnown(sessionId: string): boolean {
    return this.#running.has(sessionId) || this.#ready.has(sessionId);
  }

  #beginNext(): void {
    if (this.#running.size >= concurrency) return;
    const [sessionId] = this.#ready;
    if (sessionId === undefined) return;
    this.#ready.delete(sessionId);
    const waiting = this.#waiting.get(sessionId) ?? [];
    const turn = waiting.shift();
    if (waiting.length === 0) this.#waiting.delete(sessionId);
    if (!turn) return;
    this.#running.add(sessionId);
    void this.#run(turn).finally(() => {
      this.#turns.delete(turn.row.id);
      this.#running.delete(sessionId);
      if (this.#waiting.has(sessionId)) this.#ready.add(sessionId);
      this.#beginNext();
    });
  }
}
