/** How an isolate's statistics reach the others, and those of before a restart reach it. */
import { log } from "../../observability/index.ts";
import type { Clock } from "../clock.ts";
import type { SharedStatistics } from "./isolate.ts";
import type { StatisticsSnapshot } from "./statistics.ts";

/** What sharing needs of the platform's `Env`. */
export interface SharingEnv {
  readonly STATISTICS: {
    /** Answers with a {@link StatisticsSnapshot}, whose pairs the runtime's types of RPC take for lists. */
    getByName(name: string): {
      exchange(own: StatisticsSnapshot | null, now: number): Promise<{ version: 1; series: unknown[] }>;
    };
  };
}

/** Milliseconds between two exchanges, while calls come. */
const everyMs = 15_000;

export class StatisticsSharing {
  readonly #env: SharingEnv;
  readonly #statistics: SharedStatistics;
  readonly #clock: Clock;
  #next = 0;
  #loaded = false;

  constructor(env: SharingEnv, statistics: SharedStatistics, clock: Clock) {
    this.#env = env;
    this.#statistics = statistics;
    this.#clock = clock;
  }

  /** Exchanges behind whatever is going on, if it is time to. Costs a comparison otherwise. */
  share(): void {
    if (this.#clock.now() >= this.#next) void this.#exchange();
  }

  /** Resolves once what was measured before this isolate began is known here, or cannot be had for now. */
  async load(): Promise<void> {
    if (!this.#loaded) await this.#exchange();
  }

  /**
   * Never rejects: what could not be brought is brought the next time. Where the request that it belongs to
   * ends before, what it carried stays known to this isolate alone.
   */
  async #exchange(): Promise<void> {
    const now = this.#clock.now();
    this.#next = now + everyMs;
    const own = this.#statistics.takeUnsaved(now);
    try {
      const saved = await this.#env.STATISTICS.getByName("models").exchange(own, now);
      this.#statistics.adopt(saved as StatisticsSnapshot, now);
      this.#loaded = true;
    } catch (error) {
      if (own !== null) this.#statistics.giveBack(own);
      log.warn("models.statistics-not-shared", { error });
    }
  }
}
