/** What a bucket owes at a time, in its own unit: all of it that outlives a restart. */
export interface BucketLevel {
  owed: number;
  /** Epoch milliseconds. */
  at: number;
}

/**
 * A minute's worth is let through in this many milliseconds. What leaves evenly arrives unevenly, so one part
 * in eleven of the rate is kept back: a call may overtake those before it by most of a tenth of a second, and an
 * upstream that counts strictly, second by second, still sees no more than a sixtieth of the rate.
 */
const minuteMs = 66_000;

/** Milliseconds whose gain may go at once: timers are no finer. What a late timer missed is not made up for. */
const burstMs = 10;

/**
 * A bucket of requests or of tokens, kept as what is owed to it: the generic cell rate algorithm (ITU-T I.371, in
 * the form of a leaky bucket as a meter), for takings of any size. Time is told, never asked for.
 *
 * In any window of `w` milliseconds it lets through at most `capacity + gain × w`, and where a taking is larger
 * than the capacity, at most one such taking more. A taking that is larger than the bucket waits until the
 * bucket is full, takes all of it, and leaves a debt that those after it wait for.
 */
export class TokenBucket {
  /** Gained in a millisecond. */
  readonly gain: number;
  readonly capacity: number;
  #owed: number;
  #at: number;

  constructor(gain: number, capacity: number, level: BucketLevel = { owed: 0, at: -Infinity }) {
    this.gain = gain;
    this.capacity = capacity;
    this.#owed = level.owed;
    this.#at = level.at;
  }

  /** Requests go one by one, evenly spaced; above 6,600 a minute, those of ten milliseconds at once. */
  static ofRequests(perMinute: number, level?: BucketLevel): TokenBucket {
    const gain = perMinute / minuteMs;
    return new TokenBucket(gain, Math.max(1, Math.floor(gain * burstMs)), level);
  }

  /** Six seconds' worth of tokens may go at once: with what is gained meanwhile, a minute's worth in any minute. */
  static ofTokens(perMinute: number, level?: BucketLevel): TokenBucket {
    return new TokenBucket(perMinute / minuteMs, perMinute / 11, level);
  }

  /** What is owed at `now`: 0 where the bucket is full, more than `capacity` where there is a debt. */
  level(now: number): BucketLevel {
    // A clock that was set back gains nothing, and locks nobody out for longer than what is owed.
    const gained = Math.max(0, now - this.#at) * this.gain;
    return { owed: Math.max(0, this.#owed - gained), at: now };
  }

  /** Epoch milliseconds at which the bucket is full, if nothing more is taken. */
  fullAt(now: number): number {
    return now + Math.ceil(this.level(now).owed / this.gain);
  }

  /** Whether no more is owed at `now` than by `level`, which was taken earlier and has drained since. */
  within(level: BucketLevel | undefined, now: number): boolean {
    const allowed = new TokenBucket(this.gain, this.capacity, level).level(now).owed;
    return this.level(now).owed <= allowed;
  }

  /** Whole milliseconds until `amount` can be taken; 0 where it can be now. */
  wait(amount: number, now: number): number {
    const lacking = this.level(now).owed + Math.min(amount, this.capacity) - this.capacity;
    // Sums of fractions: a millionth that lacks is there.
    return Math.max(0, Math.ceil((lacking - 1e-6) / this.gain));
  }

  /**
   * Gives back what was taken `age` milliseconds ago, but for what was gained since: a bucket that has filled up
   * again meanwhile would be owed nothing without the taking either. So no more goes than if it had never been.
   */
  giveBack(amount: number, age: number, now: number): void {
    this.take(Math.min(0, Math.max(0, age) * this.gain - amount), now);
  }

  /** Takes `amount`, whether it is there or not; what is negative is given back. */
  take(amount: number, now: number): void {
    this.#owed = Math.max(0, this.level(now).owed + amount);
    this.#at = now;
  }
}
