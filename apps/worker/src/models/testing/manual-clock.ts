/** Time that passes only when a test says so, or at once for the short waits between attempts. */
import type { Clock } from "../clock.ts";

interface Timer {
  at: number;
  action: () => void;
}

export class ManualClock implements Clock {
  /** Milliseconds of each wait that was passed at once, in order. */
  readonly waits: number[] = [];
  readonly #skipUpTo: number;
  readonly #timers = new Set<Timer>();
  #now = Date.UTC(2026, 10, 20);

  /** Waits of up to `skipUpTo` milliseconds pass at once; longer ones are limits, and `advance` passes them. */
  constructor(skipUpTo = 30_000) {
    this.#skipUpTo = skipUpTo;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, action: () => void): () => void {
    const timer = { at: this.#now + milliseconds, action };
    this.#timers.add(timer);
    if (milliseconds <= this.#skipUpTo) {
      queueMicrotask(() => {
        if (!this.#timers.has(timer)) return;
        this.waits.push(milliseconds);
        this.advance(Math.max(0, timer.at - this.#now));
      });
    }
    return () => void this.#timers.delete(timer);
  }

  /** How many timers wait: none may be left once a step is over. */
  get pending(): number {
    return this.#timers.size;
  }

  advance(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const next = [...this.#timers].sort((one, other) => one.at - other.at)[0];
      if (next === undefined || next.at > until) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.action();
    }
    this.#now = until;
  }
}
