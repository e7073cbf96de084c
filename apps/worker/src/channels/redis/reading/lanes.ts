import { retryDelay } from "./retries.ts";

/** Entries of one lane that are handed over at once, at most. */
const most = 256;
/** Milliseconds between two tries, at most: whoever may go on is not to wait for long. */
const longestMs = 5_000;

interface Lane {
  dueAt: number;
  /** How many are handed over next. */
  size: number;
  /** How often it was tried since anything of it was taken. */
  tries: number;
}

/**
 * When entries that wait for the same are handed over again: one at first, since where it is not taken none would be;
 * where it is, ever more. So a thousand that wait cost what one does.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();

  /** There is something in this lane. */
  open(name: string, now: number): void {
    if (!this.#lanes.has(name)) this.#lanes.set(name, { dueAt: now + retryDelay(1), size: 1, tries: 1 });
  }

  /** Lanes in which there is something, or was a moment ago. */
  get names(): ReadonlySet<string> {
    return new Set(this.#lanes.keys());
  }

  /** Lanes whose time has come, and how many of each are to be handed over. */
  due(now: number): { name: string; size: number }[] {
    return [...this.#lanes]
      .filter(([, { dueAt }]) => dueAt <= now)
      .map(([name, { size }]) => ({ name, size }));
  }

  get nextDue(): number {
    return Math.min(Infinity, ...Array.from(this.#lanes.values(), ({ dueAt }) => dueAt));
  }

  /** What was handed over last was not taken, or not all of it. */
  stays(name: string, now: number): void {
    const tries = (this.#lanes.get(name)?.tries ?? 0) + 1;
    this.#lanes.set(name, { dueAt: now + Math.min(longestMs, retryDelay(tries)), size: 1, tries });
  }

  /** All of it was taken. */
  moves(name: string, now: number): void {
    const size = Math.min(most, 2 * (this.#lanes.get(name)?.size ?? 1));
    this.#lanes.set(name, { dueAt: now, size, tries: 0 });
  }

  close(name: string): void {
    this.#lanes.delete(name);
  }
}
