/**
 * Every call that was charged, by its id: what makes charging twice impossible.
 *
 * Rows are pruned, in the order of charging, 35 days after it. A call's record is delivered again only by an
 * agent that did not hear it was charged, which is seconds or, after a crash, the next start. So that a
 * platform which was off for months hears from its agents before it forgets, a day is pruned only by a
 * run that follows, a day later, the run that found it old.
 */
import type { Charge } from "./contract.ts";
import { dayMs } from "./days.ts";
import { type Sql, keepSetting, setting } from "./store.ts";
import { targetOf } from "./targets.ts";

const keptMs = 35 * dayMs;
/** Rows pruned in one go: some milliseconds, in which nothing else is answered. */
const pruneLimit = 2_000;

/** The last run of pruning, and what it left to the next. Epoch milliseconds. */
interface PruneRun {
  at: number;
  before: number;
}

export class Calls {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  has(id: string): boolean {
    return this.#sql.exec(`SELECT 1 FROM calls WHERE id = ?`, id).toArray().length > 0;
  }

  /** False, and nothing is written, where this call was charged before. */
  add({ call, caller }: Charge, day: string, now: number): boolean {
    return (
      this.#sql
        .exec(
          `INSERT INTO calls (id, day, agent_id, session_id, execution_id, tree_id, model, outcome, cost_micros, booked_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING seq`,
          call.id,
          day,
          targetOf(caller, "agent"),
          targetOf(caller, "session"),
          targetOf(caller, "execution"),
          targetOf(caller, "tree"),
          call.model,
          call.outcome,
          call.costMicros,
          now,
        )
        .toArray().length > 0
    );
  }

  /** When to prune next; null where no call is kept. */
  nextPruning(): number | null {
    const oldest = this.#sql.exec(`SELECT booked_at FROM calls ORDER BY seq LIMIT 1`).toArray()[0];
    if (oldest === undefined) return null;
    return (this.#lastRun()?.at ?? Number(oldest["booked_at"])) + dayMs;
  }

  /** Forgets calls whose time is over, a limited number at once: `nextPruning` says when to go on. */
  prune(now: number): void {
    const before = this.#lastRun()?.before ?? 0;
    const pruned = this.#sql
      .exec(
        `DELETE FROM calls WHERE seq IN (SELECT seq FROM calls ORDER BY seq LIMIT ?) AND booked_at < ? RETURNING seq`,
        pruneLimit,
        before,
      )
      .toArray().length;
    const run: PruneRun =
      pruned === pruneLimit ? { at: now - dayMs, before } : { at: now, before: now - keptMs };
    keepSetting(this.#sql, "pruning", run);
  }

  #lastRun(): PruneRun | undefined {
    return setting(this.#sql, "pruning") as PruneRun | undefined; // written by prune
  }
}
