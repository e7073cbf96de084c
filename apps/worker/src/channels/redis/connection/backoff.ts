/** Milliseconds before the first attempt to connect again, and at most before any. */
const first = 100;
const longest = 3_000;

/**
 * How long to wait before attempt `attempt` (1: the first after the connection was lost): doubling, and of that between
 * half and all, so that many who lost the same Redis do not come back at the same instant.
 *
 * "Equal jitter": M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param random 0 up to 1
 */
export function reconnectDelay(attempt: number, random: number): number {
  const whole = Math.min(longest, first * 2 ** Math.min(attempt - 1, 16));
  return Math.round(whole / 2 + (whole / 2) * random);
}
