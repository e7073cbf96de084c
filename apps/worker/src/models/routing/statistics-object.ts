import { DurableObject } from "cloudflare:workers";
import { StatisticsStore } from "./statistics-store.ts";
import type { StatisticsSnapshot } from "./statistics.ts";

/**
 * What all isolates measured of models, kept through restarts: one object for the whole deployment. Isolates
 * bring what they measured and take what is known; it stands on no call's path.
 */
export class StatisticsObject extends DurableObject<Env> {
  readonly #store = new StatisticsStore(this.ctx.storage.kv);

  /** Adds `own`, and answers with all that is known as it stands at `now` (epoch milliseconds). */
  exchange(own: StatisticsSnapshot | null, now: number): StatisticsSnapshot {
    return this.#store.exchange(own, now);
  }
}
