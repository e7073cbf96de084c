import type { Clock } from "../src/clock.ts";

/**
 * A clock on which pauses shorter than `patienceMs` pass at once and are noted; longer ones (time
 * limits, watches for silence) last until they are called off.
 */
export function instantClock(patienceMs = 20_000): Clock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  return {
    pauses,
    now: () => Date.now(),
    random: () => 0.5,
    sleep: (ms, signal) => {
      if (ms < patienceMs) {
        pauses.push(ms);
        return new Promise((resolve) => setImmediate(resolve));
      }
      return new Promise((resolve) => {
        if (signal?.aborted) resolve();
        signal?.addEventListener("abort", () => resolve(), { once: true });
      });
    },
  };
}
