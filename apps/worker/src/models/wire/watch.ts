/** The time limits of one request to an upstream, kept by a single timer. */
import type { Clock } from "../clock.ts";
import { ModelError } from "../contract.ts";

/** Milliseconds. */
export interface TimeLimits {
  /** From sending the request to the first byte of its body. Reasoning models may be silent long. */
  firstByteMs: number;
  /** Between two chunks of the body. */
  idleMs: number;
}

export const defaultTimeLimits: TimeLimits = { firstByteMs: 120_000, idleMs: 60_000 };

/**
 * Aborts `signal` when the caller does, or with a retryable `upstream_timeout` when the upstream has been
 * silent for too long. `touch` is called once a chunk and, but for the first, only writes down the time: the
 * timer looks at it when it rings, and rings again later if there was news.
 */
export class Watch {
  readonly #controller = new AbortController();
  readonly clock: Clock;
  readonly #limits: TimeLimits;
  readonly #provider: string;
  readonly #parent: AbortSignal;
  #began = false;
  #lastNews: number;
  #cancelTimer: () => void = () => undefined;

  constructor(provider: string, parent: AbortSignal, clock: Clock, limits: TimeLimits) {
    this.#provider = provider;
    this.#parent = parent;
    this.clock = clock;
    this.#limits = limits;
    this.#lastNews = clock.now();
    if (parent.aborted) this.#followParent();
    else parent.addEventListener("abort", this.#followParent, { once: true });
    this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The upstream was heard. */
  touch(): void {
    this.#lastNews = this.clock.now();
    if (this.#began) return;
    this.#began = true;
    // The timer waits for a first byte, which may take longer.
    this.#cancelTimer();
    this.#arm();
  }

  /** @throws the reason of an abort, as soon as there is one. */
  throwIfAborted(): void {
    this.#controller.signal.throwIfAborted();
  }

  /** Settles as `promise` does, or rejects when the signal aborts, for APIs that take no signal. */
  async race<Value>(promise: PromiseLike<Value>): Promise<Value> {
    const { signal } = this.#controller;
    signal.throwIfAborted();
    let abort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
    });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      if (abort !== undefined) signal.removeEventListener("abort", abort);
    }
  }

  /** Ends the watch and, with it, whatever of the request is still under way. */
  stop(): void {
    this.#cancelTimer();
    this.#parent.removeEventListener("abort", this.#followParent);
  }

  readonly #followParent = (): void => {
    this.#cancelTimer();
    this.#controller.abort(this.#parent.reason);
  };

  #arm(): void {
    if (this.#controller.signal.aborted) return;
    const limit = this.#began ? this.#limits.idleMs : this.#limits.firstByteMs;
    const left = this.#lastNews + limit - this.clock.now();
    if (left > 0) {
      this.#cancelTimer = this.clock.after(left, () => this.#arm());
      return;
    }
    const what = this.#began ? "stopped sending in the middle of its answer" : "did not answer";
    this.#controller.abort(
      new ModelError("upstream_timeout", `${this.#provider} ${what} for ${limit} ms`, {
        retryable: true,
      }),
    );
  }
}
