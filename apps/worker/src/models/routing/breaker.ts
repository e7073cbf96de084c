/**
 * A circuit breaker: a model that keeps failing is left alone for a while, then tried with a few calls before
 * all others follow. Time is given, never asked for.
 * Source: Nygard, Release It!, 2nd edition (2018), chapter 5, "Circuit Breaker".
 */
import type { BreakerState } from "@orrery/protocol";

export interface BreakerSettings {
  /** Milliseconds that an outcome counts for. */
  windowMs: number;
  /** It opens when at least so many calls within the window failed … */
  failures: number;
  /** … and at least this part of all of them. */
  rate: number;
  /** Milliseconds until the first probes; doubled each time that they fail, up to `longestOpenMs`. */
  openMs: number;
  longestOpenMs: number;
  /** Probes at a time, and how many must succeed for it to close. */
  probes: number;
  /** Milliseconds after which a probe that nobody reported on gives its place back. */
  probeTimeoutMs: number;
}

export const defaultBreakerSettings: BreakerSettings = {
  windowMs: 60_000,
  failures: 5,
  rate: 0.5,
  openMs: 15_000,
  longestOpenMs: 240_000,
  probes: 2,
  probeTimeoutMs: 180_000,
};

export type Outcome = "completed" | "failed" | "cancelled";

/** Milliseconds after which to ask again while probes are under way: how long they take, nobody knows. */
const probePatienceMs = 1000;

/** Parts of the window: an outcome counts for between `windowMs` and a sixth less. */
const slots = 6;

interface Slot {
  /** Which sixth of a window, since the epoch, its counts belong to. */
  index: number;
  completed: number;
  failed: number;
}

export class CircuitBreaker {
  readonly #settings: BreakerSettings;
  readonly #slots: Slot[] = Array.from({ length: slots }, () => ({ index: -1, completed: 0, failed: 0 }));
  #openedAt: number | null = null;
  /** How often it opened since it was last closed. */
  #opened = 0;
  /** When each probe that is under way began. */
  #probes: number[] = [];
  #passed = 0;

  constructor(settings: BreakerSettings = defaultBreakerSettings) {
    this.#settings = settings;
  }

  state(now: number): BreakerState {
    if (this.#openedAt === null) return "closed";
    return now >= this.#reopensAt() ? "half-open" : "open";
  }

  /** Whether a call may be made now. While half open: as long as a probe's place is free. */
  permits(now: number): boolean {
    const state = this.state(now);
    if (state !== "half-open") return state === "closed";
    return this.#underWay(now).length < this.#settings.probes;
  }

  /** Epoch milliseconds from which on a call may be made, as far as can be told now. */
  retryAt(now: number): number {
    if (this.permits(now)) return now;
    return this.state(now) === "open" ? this.#reopensAt() : now + probePatienceMs;
  }

  /** A call is being made. */
  begin(now: number): void {
    if (this.state(now) === "half-open") this.#probes = [...this.#underWay(now), now];
  }

  /** A call that began at `began` has ended; one that was left says nothing, and only gives its place back. */
  end(outcome: Outcome, began: number, now: number): void {
    if (this.state(now) === "closed") this.#counted(outcome, now);
    // What was asked before there were probes says nothing of how things are now.
    else if (began >= this.#reopensAt()) this.#probed(outcome, began, now);
  }

  #counted(outcome: Outcome, now: number): void {
    if (outcome === "cancelled") return;
    const index = Math.floor((now * slots) / this.#settings.windowMs);
    const slot = this.#slots[index % slots];
    if (slot === undefined) return;
    if (slot.index !== index) Object.assign(slot, { index, completed: 0, failed: 0 });
    slot[outcome] += 1;
    if (outcome !== "failed") return;
    let failed = 0;
    let all = 0;
    for (const each of this.#slots) {
      if (index - each.index >= slots) continue;
      failed += each.failed;
      all += each.failed + each.completed;
    }
    if (failed >= this.#settings.failures && failed / all >= this.#settings.rate) this.#open(now);
  }

  #probed(outcome: Outcome, began: number, now: number): void {
    const place = this.#probes.indexOf(began);
    // The place of one that was not heard of for too long was given back before.
    if (place >= 0) this.#probes.splice(place, 1);
    if (outcome === "failed") this.#open(now);
    else if (outcome === "completed") {
      this.#passed += 1;
      if (this.#passed >= this.#settings.probes) this.#close();
    }
  }

  #open(now: number): void {
    this.#openedAt = now;
    this.#opened += 1;
    this.#probes = [];
    this.#passed = 0;
  }

  #close(): void {
    this.#openedAt = null;
    this.#opened = 0;
    this.#probes = [];
    this.#passed = 0;
    for (const slot of this.#slots) slot.index = -1;
  }

  #reopensAt(): number {
    const { openMs, longestOpenMs } = this.#settings;
    const pause = Math.min(longestOpenMs, openMs * 2 ** Math.min(30, Math.max(0, this.#opened - 1)));
    return (this.#openedAt ?? 0) + pause;
  }

  #underWay(now: number): number[] {
    return this.#probes.filter((began) => now - began < this.#settings.probeTimeoutMs);
  }
}
