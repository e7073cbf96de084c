/**
 * What each target has spent: in all, and on the last day on which it spent. Kept for every target from its
 * first paid call on, so that a budget made later knows what was spent before it, at the cost of one look-up.
 */
import type { BudgetPeriod, BudgetScope } from "@orrery/protocol";
import type { Sql } from "./store.ts";
import { scopes, type Targets } from "./targets.ts";

export interface Expense {
  targets: Targets;
  /** Less than nothing where something that was booked turned out to be less. */
  micros: number;
  day: string;
}

/** Micro-dollars, in all and today. */
export type Amounts = Record<BudgetPeriod, number>;

interface Sum {
  scope: BudgetScope;
  targetId: string;
  day: string;
  micros: number;
}

/** Rows that are forgotten in one go. */
const forgetLimit = 2_000;

export class Spending {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Adds expenses to what all of their targets have spent. What was spent on an earlier day counts in all only. */
  book(expenses: readonly Expense[]): void {
    const sums = new Map<string, Sum>();
    for (const { targets, micros, day } of expenses) {
      if (micros === 0) continue;
      for (const scope of scopes) {
        const targetId = targets[scope];
        if (targetId === null) continue;
        const key = `${scope} ${targetId} ${day}`;
        const sum = sums.get(key);
        if (sum === undefined) sums.set(key, { scope, targetId, day, micros });
        else sum.micros += micros;
      }
    }
    for (const sum of sums.values()) this.#add(sum);
  }

  /** A clock set back finds the last day in the future: that day then still counts as today. */
  of(scope: BudgetScope, targetId: string, today: string): Amounts {
    const row = this.#sql
      .exec(`SELECT total, day, day_total FROM spending WHERE scope = ? AND target_id = ?`, scope, targetId)
      .toArray()[0];
    if (row === undefined) return { total: 0, day: 0 };
    return { total: Number(row["total"]), day: String(row["day"]) >= today ? Number(row["day_total"]) : 0 };
  }

  /** The target of a scope that spent most, today or in all; null where none spent anything. */
  most(scope: BudgetScope, period: BudgetPeriod, today: string): string | null {
    const row = this.#sql
      .exec(
        `SELECT target_id FROM spending_peaks WHERE scope = ? AND period = ? AND day >= ? AND micros > 0`,
        scope,
        period,
        period === "day" ? today : "",
      )
      .toArray()[0];
    return row === undefined ? null : String(row["target_id"]);
  }

  /** Forgets a target, which will spend no more. */
  forget(scope: BudgetScope, targetId: string): void {
    this.#sql.exec(`DELETE FROM spending WHERE scope = ? AND target_id = ?`, scope, targetId);
    this.#lower(scope, targetId);
  }

  /** Forgets targets of a scope that have spent nothing from a day on. Says whether some of them are left. */
  forgetIdle(scope: BudgetScope, day: string): boolean {
    const forgotten = this.#sql
      .exec(
        `DELETE FROM spending WHERE scope = ? AND target_id IN
           (SELECT target_id FROM spending WHERE scope = ? AND day < ? LIMIT ?)
         RETURNING target_id`,
        scope,
        scope,
        day,
        forgetLimit,
      )
      .toArray();
    for (const { target_id: targetId } of forgotten) this.#lower(scope, String(targetId));
    return forgotten.length === forgetLimit;
  }

  #add({ scope, targetId, day, micros }: Sum): void {
    const [row] = this.#sql
      .exec(
        `INSERT INTO spending (scope, target_id, total, day, day_total) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (scope, target_id) DO UPDATE SET
           total = total + excluded.total,
           day_total = CASE WHEN excluded.day > day THEN excluded.day_total
             WHEN excluded.day = day THEN day_total + excluded.day_total ELSE day_total END,
           day = max(day, excluded.day)
         RETURNING total, day, day_total`,
        scope,
        targetId,
        micros,
        day,
        micros,
      )
      .toArray();
    if (row === undefined || scope === "workspace") return;
    if (micros < 0) {
      this.#lower(scope, targetId);
      return;
    }
    this.#raise(scope, "total", targetId, Number(row["total"]), day);
    this.#raise(scope, "day", targetId, Number(row["day_total"]), String(row["day"]));
  }

  /** As long as sums only grow, the highest of a period is known without looking at the others. */
  #raise(scope: BudgetScope, period: BudgetPeriod, targetId: string, micros: number, day: string): void {
    this.#sql.exec(
      `INSERT INTO spending_peaks (scope, period, target_id, micros, day) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (scope, period) DO UPDATE SET
         target_id = excluded.target_id, micros = excluded.micros, day = excluded.day
       WHERE (period = 'day' AND excluded.day > day)
         OR ((period = 'total' OR excluded.day = day) AND excluded.micros > micros)`,
      scope,
      period,
      targetId,
      micros,
      day,
    );
  }

  /** Looks for the highest anew where it was this target's: its sums have become less. */
  #lower(scope: BudgetScope, targetId: string): void {
    const peaks = this.#sql
      .exec(`DELETE FROM spending_peaks WHERE scope = ? AND target_id = ? RETURNING period`, scope, targetId)
      .toArray();
    for (const { period } of peaks) {
      this.#sql.exec(
        period === "total"
          ? `INSERT INTO spending_peaks (scope, period, target_id, micros, day)
             SELECT scope, 'total', target_id, total, day FROM spending WHERE scope = ?
             ORDER BY total DESC LIMIT 1`
          : `INSERT INTO spending_peaks (scope, period, target_id, micros, day)
             SELECT scope, 'day', target_id, day_total, day FROM spending WHERE scope = ?
             ORDER BY day DESC, day_total DESC LIMIT 1`,
        scope,
      );
    }
  }
}
