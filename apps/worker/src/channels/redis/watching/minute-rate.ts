/** Seconds that one sum stands for, and how many there are of them: a minute. */
const width = 5;
const sums = 12;

/** How much happened in the last minute, to five seconds. */
export class MinuteRate {
  readonly #counts = new Float64Array(sums);
  /** The slice of time that the newest sum is of. */
  #slice = 0;

  /** @param now epoch milliseconds */
  add(count: number, now: number): void {
    this.#advance(now);
    const index = this.#slice % sums;
    this.#counts[index] = (this.#counts[index] ?? 0) + count;
  }

  perMinute(now: number): number {
    this.#advance(now);
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  #advance(now: number): void {
    const slice = Math.floor(now / 1_000 / width);
    const passed = Math.min(slice - this.#slice, sums);
    for (let step = 1; step <= passed; step += 1) this.#counts[(slice - passed + step) % sums] = 0;
    if (passed > 0) this.#slice = slice;
  }
}
