/** The limiter as the gateway sees it: asks the object of each bucket, and asks again where that one restarts. */
import type { ModelLimits } from "@orrery/protocol";
import { log } from "../../observability/index.ts";
import { type Clock, sleep, systemClock } from "../clock.ts";
import { ModelError } from "../contract.ts";
import type { Limiter, Turnstile } from "./contract.ts";
import type { GateCall, Verdict } from "./gate.ts";

/** What the limiter needs of a bucket's object. */
export interface GateDoor {
  enter(call: GateCall): Promise<Verdict | { claim: Disposable; place: number }>;
  turn(place: number): Promise<Verdict>;
  correct(limits: ModelLimits, tokens: number): Promise<void>;
  giveBack(limits: ModelLimits, tokens: number, takenAt: number): Promise<void>;
}

/** What the limiter needs of the platform's `Env`. */
export interface LimiterEnv {
  readonly LIMITERS: { getByName(bucket: string): GateDoor };
}

export interface LimiterOptions {
  clock?: Clock;
  /** Uniform in [0, 1). */
  random?: () => number;
}

/** Milliseconds: upper end of the first pause after an object could not be reached, doubled up to the last. */
const firstPauseMs = 50;
const lastPauseMs = 2_000;

/** Makes the limiter. Where nothing is limited, it asks nobody. */
export function createLimiter(env: LimiterEnv, options: LimiterOptions = {}): Limiter {
  return new ObjectLimiter(env, options);
}

class ObjectLimiter implements Limiter {
  readonly #env: LimiterEnv;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(env: LimiterEnv, { clock = systemClock, random = Math.random }: LimiterOptions) {
    this.#env = env;
    this.#clock = clock;
    this.#random = random;
  }

  async acquire(turnstile: Turnstile): Promise<number> {
    if (unlimited(turnstile.limits)) return this.#clock.now();
    for (let failures = 0; ; failures++) {
      turnstile.signal.throwIfAborted();
      let verdict: Verdict;
      try {
        verdict = await this.#pass(turnstile);
      } catch (error) {
        turnstile.signal.throwIfAborted();
        await this.#pause(turnstile, failures, error);
        continue;
      }
      if (verdict.through) return verdict.at;
      throw refusal(turnstile, verdict.waitMs);
    }
  }

  giveBack({ bucket, limits, tokens }: Turnstile, countedAt: number): void {
    if (unlimited(limits)) return;
    this.#env.LIMITERS.getByName(bucket)
      .giveBack(limits, tokens, countedAt)
      .catch((error: unknown) => log.warn("models.limit-not-given-back", { bucket, tokens, error }));
  }

  correct(bucket: string, limits: ModelLimits, tokens: number): void {
    if (limits.tokensPerMinute === undefined || tokens === 0) return;
    this.#env.LIMITERS.getByName(bucket)
      .correct(limits, tokens)
      .catch((error: unknown) => log.warn("models.limit-uncorrected", { bucket, tokens, error }));
  }

  /** @throws whatever breaks the call off, and the signal's reason where it aborts. */
  async #pass({ bucket, limits, party, tokens, deadline, signal }: Turnstile): Promise<Verdict> {
    const door = this.#env.LIMITERS.getByName(bucket);
    const entry = await door.enter({ limits, party, tokens, deadline });
    if ("through" in entry) return entry;
    using _claim = entry.claim;
    return await unlessAborted(door.turn(entry.place), signal);
  }

  /** Waits before joining again: full jitter, so that a whole queue does not come back in one instant. */
  async #pause({ bucket, deadline, signal }: Turnstile, failures: number, cause: unknown): Promise<void> {
    log.warn("models.limiter-unreachable", { bucket, failures: failures + 1, error: cause });
    const pause = this.#random() * Math.min(lastPauseMs, firstPauseMs * 2 ** failures);
    if (this.#clock.now() + pause >= deadline) {
      throw new ModelError("rate_limited", "The limiter could not be reached in the time that was left", {
        retryable: true,
        cause,
      });
    }
    await sleep(this.#clock, pause, signal);
  }
}

const unlimited = (limits: ModelLimits): boolean =>
  limits.requestsPerMinute === undefined && limits.tokensPerMinute === undefined;

/** @throws the signal's reason as soon as it aborts */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise: outcome, resolve, reject } = Promise.withResolvers<Value>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  promise.then(resolve, reject);
  return outcome.finally(() => signal.removeEventListener("abort", abort));
}

/** `provider:openai` in words. */
function nameOf(bucket: string): string {
  const [kind = "", name = ""] = bucket.split(":", 2);
  if (kind === "provider") return name;
  return kind === "agent" || kind === "workspace" ? `this ${kind}` : bucket;
}

function refusal({ bucket, limits }: Turnstile, waitMs: number): ModelError {
  const rates = [
    ...(limits.requestsPerMinute === undefined ? [] : [`${limits.requestsPerMinute} requests`]),
    ...(limits.tokensPerMinute === undefined ? [] : [`${limits.tokensPerMinute} tokens`]),
  ].join(" and ");
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return new ModelError(
    "rate_limited",
    `The limit of ${nameOf(bucket)}, ${rates} a minute, is used up: the next call can go in about ${seconds} s`,
    { retryable: true, retryAfterMs: waitMs },
  );
}
