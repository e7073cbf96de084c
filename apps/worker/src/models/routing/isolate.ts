/**
 * What one isolate knows of all models. Plain data in module memory, so that every object and request of
 * the isolate may read it: it holds no promises, streams or timers of any of them.
 */
import { ModelStatistics, type StatisticsSnapshot } from "./statistics.ts";

export interface SharedStatistics {
  readonly statistics: ModelStatistics;
  /** What was measured since this was last called, as it stands at `now`; null where nothing was. */
  unsaved(now: number): StatisticsSnapshot | null;
  /** Adds what other isolates saved. */
  load(snapshot: StatisticsSnapshot): void;
}

/** Statistics that remember what of them nobody has saved yet. */
export function sharedStatistics(): SharedStatistics {
  let own = new ModelStatistics();
  const statistics = new (class extends ModelStatistics {
    override record(...[sample]: Parameters<ModelStatistics["record"]>): void {
      super.record(sample);
      own.record(sample);
    }
  })();
  return {
    statistics,
    unsaved(now) {
      if (own.generation === 0) return null;
      const snapshot = own.snapshot(now);
      own = new ModelStatistics();
      return snapshot;
    },
    load: (snapshot) => statistics.merge(snapshot),
  };
}

const ofIsolate = sharedStatistics();

export const isolateStatistics = (): SharedStatistics => ofIsolate;
