/**
 * When what is old is forgotten: 35 days after it came. A call's record is delivered again only by an agent that
 * did not hear it was charged, which is seconds or, after a crash, the next start. So that a platform which was off
 * for months hears from its agents before it forgets, a day is pruned only by a run that follows, a day later,
 * the run that found it old.
 */
import { dayMs } from "./days.ts";
import { type Sql, keepSetting, setting } from "./store.ts";

const keptMs = 35 * dayMs;

/** The last run, and what it left to the next. Epoch milliseconds. */
interface Run {
  at: number;
  before: number;
}

export class Pruning {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** When to prune next, of what `oldest` (epoch milliseconds) came first; null where there is nothing. */
  next(oldest: number | null): number | null {
    return oldest === null ? null : (this.#last()?.at ?? oldest) + dayMs;
  }

  /** Has `prune` forget what came before a time, a limited number at once; it says whether some of that is left. */
  run(now: number, prune: (before: number) => boolean): void {
    const before = this.#last()?.before ?? 0;
    const run: Run = prune(before) ? { at: now - dayMs, before } : { at: now, before: now - keptMs };
    keepSetting(this.#sql, "pruning", run);
  }

  #last(): Run | undefined {
    return setting(this.#sql, "pruning") as Run | undefined; // written by run
  }
}
