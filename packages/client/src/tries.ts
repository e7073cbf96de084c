import type { Clock } from "./clock.ts";
import { ApiError, ConnectionError } from "./errors.ts";
import { backoff, type RetryPolicy } from "./retry.ts";

/** Statuses by which whatever stands before the server may say that no answer came from it. */
const unanswered = new Set([502, 503, 504]);

/** Statuses that may pass by themselves. */
const passing = new Set([429, ...unanswered]);

/**
 * Milliseconds that a call waits for an earlier try of its own which still runs at the server. One that died with its
 * server holds its key for a minute.
 */
const ownTryMs = 65_000;

/** Whether the server may still be at work on a try that ended so. */
const mayStillRun = (error: unknown): boolean =>
  error instanceof ConnectionError || (error instanceof ApiError && unanswered.has(error.status));

/** Whether a try was refused because an earlier one with the same key still runs. */
const isOvertaking = (error: unknown): error is ApiError & { retryAfter: number } =>
  error instanceof ApiError && error.status === 409 && error.retryAfter !== undefined;

/** The tries of one call, of which `attempts` may fail, and the pauses between them. */
export class Tries {
  readonly #attempts: number;
  readonly #policy: RetryPolicy;
  readonly #clock: Clock;
  #failed = 0;
  /** Whether the answer to one of them never came. */
  #lost = false;
  #waitedForOwn = 0;

  constructor(attempts: number, policy: RetryPolicy, clock: Clock) {
    this.#attempts = attempts;
    this.#policy = policy;
    this.#clock = clock;
  }

  /** Milliseconds to wait before trying again after a failure, or undefined where that is no use. */
  pauseAfter(error: unknown): number | undefined {
    if (this.#lost && isOvertaking(error)) {
      if (this.#waitedForOwn >= ownTryMs) return undefined;
      const pause = Math.max(error.retryAfter, 1) * 1000;
      this.#waitedForOwn += pause;
      return pause;
    }
    this.#lost ||= mayStillRun(error);
    this.#failed++;
    if (this.#failed >= this.#attempts) return undefined;
    if (error instanceof ConnectionError) return backoff(this.#failed, this.#policy, this.#clock);
    if (!(error instanceof ApiError) || !passing.has(error.status)) return undefined;
    if (error.retryAfter === undefined) return backoff(this.#failed, this.#policy, this.#clock);
    return error.retryAfter > this.#policy.maxRetryAfter ? undefined : error.retryAfter * 1000;
  }
}
