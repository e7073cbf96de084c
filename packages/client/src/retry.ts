import type { Clock } from "./clock.ts";

/** How often and how long a request is tried again after a failure that may pass. */
export interface RetryPolicy {
  /** Tries in all, the first included; looking after one that still runs at the server is none. */
  attempts: number;
  /** The first pause, in milliseconds; each further one is twice as long. */
  baseMs: number;
  /** The longest pause, in milliseconds. */
  maxMs: number;
  /** A `Retry-After` longer than this many seconds is not waited for: the error is thrown. */
  maxRetryAfter: number;
  /** Tries to take up a broken stream before giving up; starts anew with every chunk. */
  streamAttempts: number;
}

export const defaultRetry: RetryPolicy = {
  attempts: 4,
  baseMs: 250,
  maxMs: 5_000,
  maxRetryAfter: 30,
  streamAttempts: 30,
};

/**
 * Milliseconds to wait before try `attempt` (1 is the first repetition): exponential, with equal
 * jitter, so that clients that lost the same server do not come back at the same moment.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoff(attempt: number, policy: RetryPolicy, clock: Clock): number {
  const ceiling = Math.min(policy.maxMs, policy.baseMs * 2 ** (attempt - 1));
  return ceiling / 2 + (ceiling / 2) * clock.random();
}
