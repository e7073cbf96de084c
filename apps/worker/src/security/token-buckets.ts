/**
 * Token buckets, one a key: each holds at most `capacity` tokens and gains `perMinute` of them a
 * minute; an action takes one. Source: RFC 2697's meter with one rate.
 *
 * At most `maxKeys` are kept. The one that was used longest ago is forgotten first: it is the fullest,
 * and a forgotten bucket is a full one.
 */
export class TokenBuckets {
  readonly #capacity: number;
  readonly #perMillisecond: number;
  readonly #maxKeys: number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(options: { capacity: number; perMinute: number; maxKeys?: number }) {
    this.#capacity = options.capacity;
    this.#perMillisecond = options.perMinute / 60_000;
    this.#maxKeys = options.maxKeys ?? 10_000;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token. Returns 0, or the milliseconds until there is one to take; then none was taken. */
  take(key: string, now: number): number {
    const tokens = this.#tokens(key, now);
    const granted = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: granted ? tokens - 1 : tokens, at: now });
    if (this.#buckets.size > this.#maxKeys) this.#forgetOldest();
    return granted ? 0 : this.#wait(tokens);
  }

  /** The milliseconds until there is a token to take, taking none: 0 where there is one. */
  wait(key: string, now: number): number {
    const tokens = this.#tokens(key, now);
    return tokens >= 1 ? 0 : this.#wait(tokens);
  }

  #tokens(key: string, now: number): number {
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return this.#capacity;
    const gained = Math.max(0, now - bucket.at) * this.#perMillisecond;
    return Math.min(this.#capacity, bucket.tokens + gained);
  }

  #wait(tokens: number): number {
    return Math.ceil((1 - tokens) / this.#perMillisecond);
  }

  #forgetOldest(): void {
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}
