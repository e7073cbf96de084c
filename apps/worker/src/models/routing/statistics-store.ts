/** The statistics of a deployment in a key-value store. */
import { ModelStatistics, type StatisticsSnapshot } from "./statistics.ts";

/** What is needed of a Durable Object's synchronous storage. */
export interface StatisticsStorage {
  get(key: string): unknown;
  put(key: string, value: unknown): void;
}

const key = "statistics";
/** Series that are kept, those heard of last: a value in storage may have 2 MB, and a series takes about one KB. */
const seriesKept = 1_000;

export class StatisticsStore {
  readonly #storage: StatisticsStorage;
  #statistics: ModelStatistics | undefined;

  constructor(storage: StatisticsStorage) {
    this.#storage = storage;
  }

  exchange(own: StatisticsSnapshot | null, now: number): StatisticsSnapshot {
    const statistics = (this.#statistics ??= this.#load());
    if (own !== null) statistics.merge(own);
    const { version, series } = statistics.snapshot(now);
    const kept: StatisticsSnapshot = { version, series: series.slice(-seriesKept) };
    if (own !== null) this.#storage.put(key, kept);
    return kept;
  }

  #load(): ModelStatistics {
    const statistics = new ModelStatistics();
    const stored = this.#storage.get(key) as StatisticsSnapshot | undefined; // written by this class alone
    if (stored?.version === 1) statistics.merge(stored);
    return statistics;
  }
}
