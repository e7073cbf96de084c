/** One bucket with those who wait for it: all of the limiter that is not about being called from elsewhere. */
import type { ModelLimits } from "@orrery/protocol";
import type { Clock } from "../clock.ts";
import { Allowance, type AllowanceLevel } from "./allowance.ts";
import { FairQueue } from "./fair-queue.ts";

/** A call that wants to go. */
export interface GateCall {
  limits: ModelLimits;
  party: string;
  tokens: number;
  /** Epoch milliseconds. */
  deadline: number;
}

/** What became of a call: it may go, and was counted at `at`, or it would have to wait for so many milliseconds. */
export type Verdict = { through: true; at: number } | { through: false; waitMs: number };

/** A call's place in the queue. */
export interface Place {
  /** Resolves when the call's turn has come, or can no longer come in time. Never rejects. */
  readonly turn: Promise<Verdict>;
  /** Gives the place up. The turn that is not taken costs nothing. */
  leave(): void;
}

interface Waiting {
  call: GateCall;
  settle: (verdict: Verdict) => void;
  cancelDeadline: () => void;
}

/** Timers hold 31 bits of milliseconds. */
const longestTimer = 2 ** 31 - 1;

export class Gate {
  readonly #clock: Clock;
  readonly #onTake: (allowance: Allowance, now: number) => void;
  readonly #queue = new FairQueue<Waiting>();
  #allowance: Allowance | null = null;
  #kept: AllowanceLevel;
  #cancelTimer: (() => void) | null = null;

  /**
   * Begins from the level that was kept. `onTake` is told whenever something was taken, before anybody hears
   * that they may go.
   */
  constructor(
    clock: Clock,
    kept: AllowanceLevel = {},
    onTake: (allowance: Allowance, now: number) => void = () => undefined,
  ) {
    this.#clock = clock;
    this.#kept = kept;
    this.#onTake = onTake;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /**
   * Lets the call through at once, gives it a place, or refuses it where its turn would come after its
   * deadline, if nobody else comes. A place can still be lost to the deadline when others do.
   */
  enter(call: GateCall): Verdict | Place {
    const now = this.#clock.now();
    const allowance = this.#limited(call.limits, now);
    if (this.#queue.size === 0 && allowance.wait(call.tokens, now) === 0) {
      this.#take(allowance, call.tokens, now);
      return { through: true, at: now };
    }
    const place = this.#join(call);
    const waitMs = this.#turnOf(place.waiting, now);
    if (now + waitMs > call.deadline) {
      place.leave();
      return { through: false, waitMs };
    }
    this.#schedule();
    return place;
  }

  /** Counts tokens that a call took more than was expected; less where negative. */
  correct(limits: ModelLimits, tokens: number): void {
    const now = this.#clock.now();
    const allowance = this.#limited(limits, now);
    allowance.correct(tokens, now);
    this.#onTake(allowance, now);
    this.#schedule();
  }

  /** Takes back that a call went, which was counted at `takenAt` and not made after all. */
  giveBack(limits: ModelLimits, tokens: number, takenAt: number): void {
    const now = this.#clock.now();
    const allowance = this.#limited(limits, now);
    allowance.giveBack(tokens, takenAt, now);
    this.#onTake(allowance, now);
    this.#schedule();
  }

  #limited(limits: ModelLimits, now: number): Allowance {
    if (this.#allowance) this.#allowance.change(limits, now);
    else this.#allowance = new Allowance(limits, this.#kept);
    return this.#allowance;
  }

  #take(allowance: Allowance, tokens: number, now: number): void {
    allowance.take(tokens, now);
    this.#onTake(allowance, now);
  }

  #join(call: GateCall): Place & { waiting: Waiting } {
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    const waiting: Waiting = { call, settle: resolve, cancelDeadline: () => undefined };
    const left = Math.max(0, call.deadline - this.#clock.now());
    if (left < longestTimer) {
      waiting.cancelDeadline = this.#clock.after(left, () => this.#expire(waiting));
    }
    this.#queue.add(call.party, waiting);
    return { turn: promise, waiting, leave: () => this.#drop(waiting) };
  }

  #drop(waiting: Waiting): void {
    if (!this.#queue.remove(waiting.call.party, waiting)) return;
    waiting.cancelDeadline();
    waiting.settle({ through: false, waitMs: 0 });
    this.#schedule();
  }

  #expire(waiting: Waiting): void {
    // Its turn may have come in this very millisecond.
    this.#serve();
    const waitMs = this.#turnOf(waiting, this.#clock.now());
    if (!this.#queue.remove(waiting.call.party, waiting)) return;
    waiting.settle({ through: false, waitMs });
    this.#schedule();
  }

  /** Milliseconds until the turn of one who waits, if nobody else comes: the queue, played forward. */
  #turnOf(wanted: Waiting, now: number): number {
    const allowance = this.#allowance?.copy(now);
    let at = now;
    if (!allowance) return 0;
    for (const waiting of this.#queue.inTurn()) {
      at += allowance.wait(waiting.call.tokens, at);
      if (waiting === wanted) break;
      allowance.take(waiting.call.tokens, at);
    }
    return at - now;
  }

  /** Lets through everyone whose turn has come. */
  #serve(): void {
    const now = this.#clock.now();
    const allowance = this.#allowance;
    for (;;) {
      const next = this.#queue.first();
      if (!allowance || !next || allowance.wait(next.call.tokens, now) > 0) return;
      this.#queue.shift();
      next.cancelDeadline();
      this.#take(allowance, next.call.tokens, now);
      next.settle({ through: true, at: now });
    }
  }

  /** Serves, and comes back when the next one's turn is. */
  #schedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#serve();
    const next = this.#queue.first();
    if (!next || !this.#allowance) return;
    const wait = this.#allowance.wait(next.call.tokens, this.#clock.now());
    this.#cancelTimer = this.#clock.after(Math.min(wait, longestTimer), () => this.#schedule());
  }
}
