import type { Allowance, AllowanceLevel } from "./allowance.ts";

/** Milliseconds for which a level is kept ahead: under load it is written once in that time. */
const aheadMs = 1_000;

/** What is on disk. */
export interface Kept {
  level: AllowanceLevel;
  /** Epoch milliseconds from which on it says nothing: the bucket is full. */
  until: number;
}

/** The part of a Durable Object's storage that a level is kept in. */
export interface LevelStorage {
  get(): Kept | undefined;
  put(kept: Kept): void;
}

/**
 * Keeps a bucket's level, so that a restart does not make it full again. What is on disk is never less than
 * what is owed: a level is written before anybody goes by it, together with what may go in the second after,
 * which then needs no writing. A restart costs the bucket that second at most.
 */
export class KeptLevel {
  readonly #storage: LevelStorage;
  #kept: Kept;

  constructor(storage: LevelStorage) {
    this.#storage = storage;
    this.#kept = storage.get() ?? { level: {}, until: 0 };
  }

  get level(): AllowanceLevel {
    return this.#kept.level;
  }

  /** Epoch milliseconds from which on what is kept says nothing. */
  get until(): number {
    return this.#kept.until;
  }

  /** Writes where the level that is kept is less than the true one; says whether it did. */
  keep(allowance: Allowance, now: number): boolean {
    if (allowance.within(this.#kept.level, now)) return false;
    this.#kept = { level: allowance.level(now, aheadMs), until: allowance.fullAt(now) + aheadMs };
    this.#storage.put(this.#kept);
    return true;
  }

  /** What is on disk is gone. */
  forget(): void {
    this.#kept = { level: {}, until: 0 };
  }
}
