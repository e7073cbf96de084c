/**
 * What one isolate knows of all models. Plain data in module memory, so that every object and request of
 * the isolate may read it: it holds no promises, streams or timers of any of them.
 */
import type { Sample } from "./contract.ts";
import { ModelStatistics, type StatisticsSnapshot } from "./statistics.ts";

/** Statistics that remember what of them nobody has saved yet. */
export class SharedStatistics extends ModelStatistics {
  #unsaved = new ModelStatistics();

  override record(sample: Sample): void {
    super.record(sample);
    this.#unsaved.record(sample);
  }

  /** What was measured here since this was last called, as it stands at `now`; null where nothing was. */
  takeUnsaved(now: number): StatisticsSnapshot | null {
    if (this.#unsaved.generation === 0) return null;
    const snapshot = this.#unsaved.snapshot(now);
    this.#unsaved = new ModelStatistics();
    return snapshot;
  }

  /** What could not be saved is unsaved again. */
  giveBack(snapshot: StatisticsSnapshot): void {
    this.#unsaved.merge(snapshot);
  }

  /** Knows what `saved` holds, which includes all that was ever taken here, and what was measured since. */
  adopt(saved: StatisticsSnapshot, now: number): void {
    this.forget();
    this.merge(saved);
    this.merge(this.#unsaved.snapshot(now));
  }
}

const ofIsolate = new SharedStatistics();

/** The isolate's own; see `sharing.ts` for how others learn of it. */
export const isolateStatistics = (): SharedStatistics => ofIsolate;
