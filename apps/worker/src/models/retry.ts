/** The one policy by which failed steps are tried again. */
import type { Clock } from "./clock.ts";
import { ModelError } from "./contract.ts";

export interface RetryPolicy {
  /** How often a step is asked at most, the first time included. */
  attempts: number;
  /** Milliseconds: the first delay's upper end, doubled each time up to `maxDelayMs`. */
  baseDelayMs: number;
  maxDelayMs: number;
  /** Uniform in [0, 1). */
  random: () => number;
}

export const defaultRetryPolicy: RetryPolicy = {
  attempts: 3,
  baseDelayMs: 500,
  maxDelayMs: 8000,
  random: Math.random,
};

/**
 * Milliseconds to wait before asking again after `failures` failures, or null for giving up: because the
 * failure will not pass, the attempts are used, or the deadline comes first.
 *
 * Full jitter (uniform between nothing and an exponentially growing bound), or as long as the upstream asks
 * for, and a little more so that not everyone returns in the same instant.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelay(
  policy: RetryPolicy,
  failures: number,
  error: unknown,
  clock: Clock,
  deadline: number,
): number | null {
  if (!(error instanceof ModelError) || !error.retryable) return null;
  if (failures >= policy.attempts) return null;
  const bound = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (failures - 1));
  const delay =
    error.retryAfterMs === undefined
      ? Math.round(policy.random() * bound)
      : error.retryAfterMs + Math.round(policy.random() * policy.baseDelayMs);
  return clock.now() + delay < deadline ? delay : null;
}
