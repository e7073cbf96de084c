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
}

const ofIsolate = new SharedStatistics();

/**
 * The isolate's own. To share it, add what `takeUnsaved` gives to a store (a {@link ModelStatistics} there
 * merges it), and `merge` what the store holds of others.
 */
export const isolateStatistics = (): SharedStatistics => ofIsolate;
