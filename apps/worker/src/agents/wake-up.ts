/**
 * The durable wake-up call. While there is work it is set for a few seconds ahead, so that whatever kills
 * the process, the object is woken soon after and takes its work up again. A burst of turns sets it once.
 */

/** Milliseconds within which unfinished work is taken up after a crash. */
const wakeMs = 3_000;

export class WakeUp {
  readonly #set: (time: number) => Promise<void>;
  readonly #clear: () => Promise<void>;
  #time = 0;
  #setting: Promise<void> = Promise.resolve();

  /** `set` writes the call, where a later one replaces an earlier one, and `clear` takes it back: each begins at once. */
  constructor(call: { set: (time: number) => Promise<void>; clear: () => Promise<void> }) {
    this.#set = call.set;
    this.#clear = call.clear;
  }

  /** Resolves when the call is set. */
  soon(): Promise<void> {
    if (this.#time === 0) {
      this.#time = Date.now() + wakeMs;
      this.#setting = this.#set(this.#time);
    }
    return this.#setting;
  }

  /** There is no work left. Resolves when no call is set, or again one by whoever asked for it meanwhile. */
  async done(): Promise<void> {
    if (this.#time === 0) return;
    this.#time = 0;
    await this.#clear();
  }

  /** The call has come: it is set again at once, so that whatever goes wrong on answering it, another follows. */
  again(): Promise<void> {
    this.#time = 0;
    return this.soon();
  }

  /** The call has come. Returns when the next is wanted: null unless there is work. */
  next(isWork: boolean): number | null {
    this.#time = isWork ? Date.now() + wakeMs : 0;
    return isWork ? this.#time : null;
  }
}
