import { timestamp } from "@orrery/protocol";
import type { BridgeState } from "@orrery/protocol";
import { log } from "../../observability/index.ts";
import { reconnectDelay } from "./connection/backoff.ts";
import type { RedisLink } from "./connection/contract.ts";
import { failureDetail, failureWords } from "./connection/failures.ts";

/** Milliseconds for which a connection must have served for the next to be a first attempt. */
const steadyMs = 5_000;

export interface LineParts {
  readonly bridgeId: string;
  /** Connects. @throws Error */
  readonly open: () => Promise<RedisLink>;
  /**
   * Works over a link: calls `ready` once messages pass, and goes on until `ended` is aborted or something fails that a
   * new link may mend. @throws Error why it ended
   */
  readonly work: (link: RedisLink, ready: () => void, ended: AbortSignal) => Promise<void>;
  readonly changed: (state: BridgeState) => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** A bridge's connection through time: made, lost, made again, for as long as the bridge is enabled. */
export class BridgeLine {
  readonly #parts: LineParts;
  #state: BridgeState = "disabled";
  #since: number;
  #error: string | undefined;
  #reconnects: number;
  /** Whether there was a connection since the line was started. */
  #met = false;
  #stop: AbortController | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: LineParts, reconnects: number) {
    this.#parts = parts;
    this.#since = parts.now();
    this.#reconnects = reconnects;
  }

  get status(): { state: BridgeState; since: string; error?: string } {
    return {
      state: this.#state,
      since: timestamp(this.#since),
      ...(this.#error !== undefined && { error: this.#error }),
    };
  }

  get reconnects(): number {
    return this.#reconnects;
  }

  /** Resolves when the line was stopped; at once where it never ran. */
  get ended(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  /** Connects and stays connected. A line that runs goes on. */
  start(): void {
    if (this.#stop !== undefined) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#become("connecting");
    this.#running = this.#run(stop.signal);
  }

  /** Parts from Redis. */
  async stop(): Promise<void> {
    this.#stop?.abort();
    this.#stop = undefined;
    await this.#running;
    this.#running = undefined;
    this.#error = undefined;
    this.#met = false;
    this.#become("disabled");
  }

  async #run(stop: AbortSignal): Promise<void> {
    for (let attempt = 1; !stop.aborted; attempt += 1) {
      let readyAt: number | undefined;
      try {
        await this.#once(stop, () => {
          readyAt = this.#parts.now();
          if (this.#met) this.#reconnects += 1;
          this.#met = true;
          this.#error = undefined;
          this.#become("connected");
        });
      } catch (error) {
        if (stop.aborted) break;
        this.#failed(error, readyAt !== undefined);
      }
      // One that is lost again and again is not asked for as if it were the first time.
      if (readyAt !== undefined && this.#parts.now() - readyAt >= steadyMs) attempt = 0;
      await sleep(reconnectDelay(attempt + 1, this.#parts.random()), stop);
    }
  }

  async #once(stop: AbortSignal, ready: () => void): Promise<void> {
    const opening = this.#parts.open();
    const link = await orAborted(stop, opening);
    if (link === undefined) {
      // Nobody waits for it any more, but what was opened must be closed.
      void opening.then(
        (late) => late.close(),
        () => {},
      );
      return;
    }
    const ended = new AbortController();
    try {
      const lost = link.lost.then((error) => Promise.reject(error));
      await orAborted(stop, Promise.race([lost, this.#parts.work(link, ready, ended.signal)]));
    } finally {
      ended.abort();
      link.close();
    }
  }

  #failed(error: unknown, wasReady: boolean): void {
    const words = failureWords(error);
    if (words !== this.#error) {
      const detail = failureDetail(error);
      log.warn("channels.bridge_parted", { bridgeId: this.#parts.bridgeId, reason: words, detail });
    }
    this.#error = words;
    this.#become(wasReady ? "connecting" : "disconnected");
  }

  #become(state: BridgeState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#since = this.#parts.now();
    this.#parts.changed(state);
  }
}

/** What `work` comes to; undefined as soon as `signal` is aborted. Nothing of it stays with the signal. */
export async function orAborted<Value>(
  signal: AbortSignal,
  work: Promise<Value>,
): Promise<Value | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const abort = (): void => resolve(undefined);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Resolves after a while, or as soon as `signal` is aborted. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}
