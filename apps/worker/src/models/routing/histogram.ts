/**
 * Percentiles of what was measured lately. Durations fall into buckets whose bounds grow by a fixed ratio, so
 * that every percentile is within 4 % of the exact one; weights grow with time instead of old ones being
 * lowered, so that taking note of a sample costs the same however many there were.
 *
 * Sources: Masson, Rim, Lee: DDSketch, VLDB 2019 (buckets by ratio); Cormode, Shkapenyuk, Srivastava, Xu:
 * Forward Decay, ICDE 2009.
 */

/** Ratio of a bucket's bounds. */
const growth = 1.08;
const logGrowth = Math.log(growth);
/** Up to an hour: whatever takes longer counts as that. */
const buckets = Math.ceil(Math.log(3_600_000) / logGrowth) + 1;

/** A sample counts half after this many milliseconds. */
export const halfLifeMs = 30 * 60_000;

/** Halvings after which weights are scaled back, long before they leave the range of a double. */
const rescaleAfter = 64;

const bucketOf = (milliseconds: number): number =>
  milliseconds <= 1 ? 0 : Math.min(buckets - 1, Math.ceil(Math.log(milliseconds) / logGrowth));

/** The middle of a bucket, by ratio. */
const middleOf = (bucket: number): number => (bucket === 0 ? 1 : growth ** (bucket - 0.5));

/** Plain, for storage: weights as they are at `at`, by bucket. */
export interface HistogramSnapshot {
  at: number;
  weights: [bucket: number, weight: number][];
}

/** Durations in milliseconds. Times are epoch milliseconds; a sample from the past counts as little as it is old. */
export class DecayingHistogram {
  readonly #weights = new Float64Array(buckets);
  #landmark: number | null = null;
  #total = 0;

  record(milliseconds: number, at: number): void {
    this.#add(bucketOf(milliseconds), 1, at);
  }

  /** How many samples this is worth at `now`. */
  count(now: number): number {
    return this.#landmark === null ? 0 : this.#total * 2 ** ((this.#landmark - now) / halfLifeMs);
  }

  /** Milliseconds below which this part of the weight lies; null before the first sample. */
  quantile(part: number): number | null {
    if (this.#total <= 0) return null;
    const wanted = part * this.#total;
    let below = 0;
    let last = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      const weight = this.#weights[bucket] ?? 0;
      if (weight === 0) continue;
      below += weight;
      last = bucket;
      if (below >= wanted) break;
    }
    return middleOf(last);
  }

  snapshot(now: number): HistogramSnapshot {
    const factor = this.#landmark === null ? 0 : 2 ** ((this.#landmark - now) / halfLifeMs);
    const weights: [number, number][] = [];
    for (const [bucket, weight] of this.#weights.entries()) {
      // A hundredth of a sample says nothing any more.
      if (weight * factor >= 0.01) weights.push([bucket, Number((weight * factor).toFixed(3))]);
    }
    return { at: now, weights };
  }

  merge({ at, weights }: HistogramSnapshot): void {
    for (const [bucket, weight] of weights) {
      if (Number.isInteger(bucket) && bucket >= 0 && bucket < buckets && weight > 0) {
        this.#add(bucket, weight, at);
      }
    }
  }

  #add(bucket: number, weight: number, at: number): void {
    this.#landmark ??= at;
    if ((at - this.#landmark) / halfLifeMs > rescaleAfter) this.#rescale(at);
    const grown = weight * 2 ** ((at - this.#landmark) / halfLifeMs);
    this.#weights[bucket] = (this.#weights[bucket] ?? 0) + grown;
    this.#total += grown;
  }

  #rescale(at: number): void {
    const factor = 2 ** (((this.#landmark ?? at) - at) / halfLifeMs);
    this.#total = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      const weight = (this.#weights[bucket] ?? 0) * factor;
      this.#weights[bucket] = weight;
      this.#total += weight;
    }
    this.#landmark = at;
  }
}
