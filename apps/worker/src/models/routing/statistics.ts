/** What calls told of each model lately, in all and in each location: plain data, kept in memory. */
import type { ModelHealth } from "@orrery/protocol";
import { CircuitBreaker, defaultBreakerSettings, type BreakerSettings } from "./breaker.ts";
import type { Sample, Statistics } from "./contract.ts";
import { DecayingHistogram, halfLifeMs, type HistogramSnapshot } from "./histogram.ts";

/**
 * Models and locations, taken together, that are remembered at most, and as many breakers; the one heard of longest
 * ago goes first.
 */
const remembered = 4096;

/** A count that halves with time. */
class DecayingCount {
  #value = 0;
  #at = 0;

  at(now: number): number {
    return this.#value === 0 ? 0 : this.#value * 2 ** ((this.#at - now) / halfLifeMs);
  }

  add(value: number, at: number): void {
    // A count from the past is brought to the present, and not the present back to it.
    const latest = Math.max(at, this.#at);
    this.#value = this.at(latest) + value * 2 ** ((at - latest) / halfLifeMs);
    this.#at = latest;
  }
}

/** Plain, for storage. */
export interface SeriesSnapshot {
  model: string;
  /** Empty: all locations together. */
  location: string;
  at: number;
  calls: number;
  failed: number;
  firstToken: HistogramSnapshot["weights"];
  latency: HistogramSnapshot["weights"];
}

export interface StatisticsSnapshot {
  version: 1;
  series: SeriesSnapshot[];
}

class Series {
  readonly model: string;
  readonly location: string;
  readonly #calls = new DecayingCount();
  readonly #failed = new DecayingCount();
  readonly #firstToken = new DecayingHistogram();
  readonly #latency = new DecayingHistogram();

  constructor(model: string, location: string) {
    this.model = model;
    this.location = location;
  }

  record(sample: Sample): void {
    this.#calls.add(1, sample.at);
    if (sample.outcome === "failed") this.#failed.add(1, sample.at);
    if (sample.firstTokenMs !== undefined) this.#firstToken.record(sample.firstTokenMs, sample.at);
    // How long a failure took says nothing of how long an answer takes.
    if (sample.outcome === "completed") this.#latency.record(sample.latencyMs, sample.at);
  }

  health(now: number): Omit<ModelHealth, "breaker"> {
    const calls = this.#calls.at(now);
    return {
      calls,
      errorRate: calls === 0 ? 0 : Math.min(1, this.#failed.at(now) / calls),
      firstTokenP50: this.#firstToken.quantile(0.5),
      firstTokenP95: this.#firstToken.quantile(0.95),
      latencyP50: this.#latency.quantile(0.5),
      latencyP95: this.#latency.quantile(0.95),
    };
  }

  snapshot(now: number): SeriesSnapshot {
    return {
      model: this.model,
      location: this.location,
      at: now,
      calls: this.#calls.at(now),
      failed: this.#failed.at(now),
      firstToken: this.#firstToken.snapshot(now).weights,
      latency: this.#latency.snapshot(now).weights,
    };
  }

  merge({ at, calls, failed, firstToken, latency }: SeriesSnapshot): void {
    this.#calls.add(calls, at);
    this.#failed.add(failed, at);
    this.#firstToken.merge({ at, weights: firstToken });
    this.#latency.merge({ at, weights: latency });
  }
}

const keyOf = (model: string, location: string): string => `${model}\n${location}`;

/** Taking note of a call costs the same however many there were; reading costs a walk over the buckets. */
export class ModelStatistics implements Statistics {
  readonly #breakerSettings: BreakerSettings;
  readonly #series = new Map<string, Series>();
  readonly #breakers = new Map<string, CircuitBreaker>();
  /** Those whose breaker is not closed. */
  readonly #troubled = new Set<string>();
  /** Models of which something was learned, in order; the last one made {@link generation} what it is. */
  #learned: string[] = [];
  #generation = 0;
  #latest = 0;

  constructor(breaker: BreakerSettings = defaultBreakerSettings) {
    this.#breakerSettings = breaker;
  }

  get generation(): number {
    return this.#generation;
  }

  learnedSince(generation: number): readonly string[] | null {
    const missing = this.#generation - generation;
    return missing > this.#learned.length ? null : this.#learned.slice(this.#learned.length - missing);
  }

  begin(model: string, now: number): void {
    this.#breakers.get(model)?.begin(now);
  }

  record(sample: Sample): void {
    this.#latest = Math.max(this.#latest, sample.at);
    this.#settle(sample);
    if (sample.outcome === "cancelled") return;
    this.#learn(sample.model);
    this.#of(sample.model, "").record(sample);
    if (sample.location !== "") this.#of(sample.model, sample.location).record(sample);
  }

  health(model: string, location?: string, now = this.#latest): ModelHealth {
    const breaker = this.#breakers.get(model)?.state(now) ?? "closed";
    const series = this.#series.get(keyOf(model, location ?? ""));
    return { ...(series?.health(now) ?? unmeasured), breaker };
  }

  permits(model: string, now: number): boolean {
    return this.#breakers.get(model)?.permits(now) ?? true;
  }

  retryAt(model: string, now: number): number {
    return this.#breakers.get(model)?.retryAt(now) ?? now;
  }

  troubled(): Iterable<string> {
    return this.#troubled;
  }

  measured(): string[] {
    return [...this.#series.values()].flatMap(({ model, location }) => (location === "" ? [model] : []));
  }

  /** All that is known, as it stands at `now`. Breakers are not part of it: each isolate finds out by itself. */
  snapshot(now: number): StatisticsSnapshot {
    return { version: 1, series: Array.from(this.#series.values(), (series) => series.snapshot(now)) };
  }

  /** Adds what others measured. */
  merge({ series }: StatisticsSnapshot): void {
    for (const each of series) {
      this.#learn(each.model);
      this.#latest = Math.max(this.#latest, each.at);
      this.#of(each.model, each.location).merge(each);
    }
  }

  /** Forgets all measurements; breakers stay as they are. */
  protected forget(): void {
    for (const model of this.measured()) this.#learn(model);
    this.#series.clear();
  }

  #of(model: string, location: string): Series {
    const key = keyOf(model, location);
    const series = this.#series.get(key) ?? new Series(model, location);
    // Put last, so that the first is the one heard of longest ago.
    this.#series.delete(key);
    this.#series.set(key, series);
    const oldest = this.#series.keys().next();
    if (this.#series.size > remembered && oldest.done === false) this.#series.delete(oldest.value);
    return series;
  }

  #learn(model: string): void {
    this.#generation += 1;
    this.#learned.push(model);
    if (this.#learned.length > 2 * remembered) this.#learned = this.#learned.slice(-remembered);
  }

  #forgetOldestBreaker(): void {
    const [oldest] = this.#breakers.keys();
    if (oldest === undefined) return;
    this.#breakers.delete(oldest);
    this.#troubled.delete(oldest);
  }

  #settle({ model, outcome, at, latencyMs }: Sample): void {
    const breaker = this.#breakers.get(model) ?? new CircuitBreaker(this.#breakerSettings);
    // Put last, as above: callers name models as they like.
    this.#breakers.delete(model);
    this.#breakers.set(model, breaker);
    if (this.#breakers.size > remembered) this.#forgetOldestBreaker();
    breaker.end(outcome, at - latencyMs, at);
    if (breaker.state(at) === "closed") this.#troubled.delete(model);
    else this.#troubled.add(model);
  }
}

const unmeasured: Omit<ModelHealth, "breaker"> = {
  calls: 0,
  errorRate: 0,
  firstTokenP50: null,
  firstTokenP95: null,
  latencyP50: null,
  latencyP95: null,
};
