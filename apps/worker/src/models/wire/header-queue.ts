/**
 * Who may wait for the headers of an answer. Cloudflare lets one invocation, and so one Durable Object, wait for
 * six; a seventh request stays unsent without a word, and its time would run all the while. So they queue here
 * instead, and each one's time begins when it is sent. One of the six is left to whatever else is asked meanwhile.
 * Source: https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections
 *
 * One instance belongs to one I/O context: a request to the Worker, or a Durable Object.
 */
const atOnce = 5;

export class HeaderQueue {
  readonly #waiting = new Set<() => void>();
  #sent = 0;

  /** Whether a request may be sent now; it then counts until {@link leave}. Costs no turn of the event loop. */
  enter(): boolean {
    if (this.#sent >= atOnce) return false;
    this.#sent += 1;
    return true;
  }

  /** Resolves when a request that `enter` did not let in may be sent; it then counts as well. @throws the signal's reason */
  turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const leave = (): void => {
        this.#waiting.delete(go);
        reject(signal.reason);
      };
      const go = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.add(go);
    });
  }

  /** A request's headers have come, or will not come any more. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#sent -= 1;
      return;
    }
    // Its place is taken over.
    this.#waiting.delete(next);
    next();
  }
}
