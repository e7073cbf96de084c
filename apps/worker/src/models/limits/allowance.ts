import type { ModelLimits } from "@orrery/protocol";
import { TokenBucket, type BucketLevel } from "./token-bucket.ts";

/** The levels of both buckets; a bucket that there is no limit for is absent. */
export interface AllowanceLevel {
  requests?: BucketLevel;
  tokens?: BucketLevel;
}

/** What one name may use: a bucket of requests, a bucket of tokens, or both. */
export class Allowance {
  #limits: ModelLimits = {};
  #requests: TokenBucket | null = null;
  #tokens: TokenBucket | null = null;

  constructor(limits: ModelLimits, level: AllowanceLevel = {}) {
    this.#set(limits, level);
  }

  /** Goes on with other limits, from what is owed. */
  change(limits: ModelLimits, now: number): void {
    const same =
      limits.requestsPerMinute === this.#limits.requestsPerMinute &&
      limits.tokensPerMinute === this.#limits.tokensPerMinute;
    if (!same) this.#set(limits, this.level(now));
  }

  #set(limits: ModelLimits, level: AllowanceLevel): void {
    const { requestsPerMinute, tokensPerMinute } = limits;
    this.#limits = limits;
    this.#requests =
      requestsPerMinute === undefined ? null : TokenBucket.ofRequests(requestsPerMinute, level.requests);
    this.#tokens = tokensPerMinute === undefined ? null : TokenBucket.ofTokens(tokensPerMinute, level.tokens);
  }

  /** Whole milliseconds until a call of `tokens` may go; 0 where it may now. */
  wait(tokens: number, now: number): number {
    return Math.max(this.#requests?.wait(1, now) ?? 0, this.#tokens?.wait(tokens, now) ?? 0);
  }

  /** Counts a call of `tokens`. */
  take(tokens: number, now: number): void {
    this.#requests?.take(1, now);
    this.#tokens?.take(tokens, now);
  }

  /** Gives back a call of `tokens`, taken at `takenAt`, that was not made. */
  giveBack(tokens: number, takenAt: number, now: number): void {
    this.#requests?.giveBack(1, now - takenAt, now);
    this.#tokens?.giveBack(tokens, now - takenAt, now);
  }

  /** Counts tokens that a call took more than was expected; less where negative. */
  correct(tokens: number, now: number): void {
    this.#tokens?.take(tokens, now);
  }

  /** The levels at `now`, and `ahead` milliseconds' worth more: what they are at most for so long. */
  level(now: number, ahead = 0): AllowanceLevel {
    const of = (bucket: TokenBucket): BucketLevel => ({
      owed: bucket.level(now).owed + ahead * bucket.gain,
      at: now,
    });
    return {
      ...(this.#requests && { requests: of(this.#requests) }),
      ...(this.#tokens && { tokens: of(this.#tokens) }),
    };
  }

  /** Whether no more is owed at `now` than by `level`, which was taken earlier and has drained since. */
  within(level: AllowanceLevel, now: number): boolean {
    return (
      (this.#requests === null || this.#requests.within(level.requests, now)) &&
      (this.#tokens === null || this.#tokens.within(level.tokens, now))
    );
  }

  /** Epoch milliseconds at which both buckets are full, if nothing more is taken. */
  fullAt(now: number): number {
    return Math.max(this.#requests?.fullAt(now) ?? now, this.#tokens?.fullAt(now) ?? now);
  }

  /** The same, apart from this one: what is taken from the copy is not taken here. */
  copy(now: number): Allowance {
    return new Allowance(this.#limits, this.level(now));
  }
}
