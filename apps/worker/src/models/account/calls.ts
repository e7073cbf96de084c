/** Every call that was charged, by its id: what makes charging twice impossible. */
import type { Charge } from "./contract.ts";
import type { Sql } from "./store.ts";
import { targetOf } from "./targets.ts";

/** Rows that are forgotten in one go: some milliseconds, in which nothing else is answered. */
const forgetLimit = 2_000;

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

  /** When the first of them was charged, in epoch milliseconds; null where there is none. */
  oldest(): number | null {
    const oldest = this.#sql.exec(`SELECT booked_at FROM calls ORDER BY seq LIMIT 1`).toArray()[0];
    return oldest === undefined ? null : Number(oldest["booked_at"]);
  }

  /** Forgets those charged before a time, in the order of charging. Says whether some of them are left. */
  forget(before: number): boolean {
    const forgotten = this.#sql
      .exec(
        `DELETE FROM calls WHERE seq IN (SELECT seq FROM calls ORDER BY seq LIMIT ?) AND booked_at < ? RETURNING seq`,
        forgetLimit,
        before,
      )
      .toArray();
    return forgotten.length === forgetLimit;
  }
}
