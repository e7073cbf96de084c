/**
 * Moments, in milliseconds after a start, at which calls arrive: `perSecond` on average for `seconds`, each by itself,
 * as of many callers who know nothing of one another (a Poisson process). The same seed gives the same moments.
 */
export function arrivalsOf(perSecond: number, seconds: number, seed: number): number[] {
  const random = uniform(seed);
  const moments: number[] = [];
  for (let at = 0; ;) {
    at -= (Math.log(1 - random()) * 1_000) / perSecond;
    if (at >= seconds * 1_000) return moments;
    moments.push(at);
  }
}

/** Uniform in [0, 1). Source: Tommy Ettinger's mulberry32, public domain. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
