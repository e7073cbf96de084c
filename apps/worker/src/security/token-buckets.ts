/**
 * Token buckets, one a key: each holds at most `capacity` tokens and gains `perMinute` of them a
 * minute; an action takes one. Kept as one number a key, the time at which the bucket is full again:
 * the generic cell rate algorithm (ITU-T I.371, as a virtual scheduler).
 *
 * At most `maxKeys` are kept. The one that was used longest ago is forgotten first: it is the fullest,
 * and a forgotten bucket is a full one.
 */
export class TokenBuckets {
  /** Milliseconds in which one token is gained, and in which a bucket fills. */
  readonly #interval: number;
  readonly #fillTime: number;
  readonly #maxKeys: number;
  readonly #fullAt = new Map<string, number>();

  constructor(options: { capacity: number; perMinute: number; maxKeys?: number }) {
    this.#interval = 60_000 / options.perMinute;
    this.#fillTime = options.capacity * this.#interval;
    this.#maxKeys = options.maxKeys ?? 10_000;
  }

  get size(): number {
    return this.#fullAt.size;
  }

  /** Takes a token. Returns 0, or the milliseconds until there is one to take; then none was taken. */
  take(key: string, now: number): number {
    const fullAt = this.#read(key, now);
    const wait = this.#waitFrom(fullAt, now);
    this.#fullAt.delete(key);
    this.#fullAt.set(key, wait === 0 ? fullAt + this.#interval : fullAt);
    if (this.#fullAt.size > this.#maxKeys) this.#forgetOldest();
    return wait;
  }

  /** The milliseconds until there is a token to take, taking none: 0 where there is one. */
  wait(key: string, now: number): number {
    return this.#waitFrom(this.#read(key, now), now);
  }

  /** No later than an empty bucket would be full: a clock that was set back locks nobody out. */
  #read(key: string, now: number): number {
    const fullAt = this.#fullAt.get(key) ?? now;
    return Math.min(Math.max(fullAt, now), now + this.#fillTime);
  }

  #waitFrom(fullAt: number, now: number): number {
    return Math.max(0, Math.ceil(fullAt + this.#interval - now - this.#fillTime));
  }

  #forgetOldest(): void {
    const oldest = this.#fullAt.keys().next();
    if (!oldest.done) this.#fullAt.delete(oldest.value);
  }
}
