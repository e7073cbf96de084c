/** A workspace's budgets: who is bounded by how much, and which of them a call would pass. */
import { newId, timestamp } from "@orrery/protocol";
import type { Budget, BudgetPeriod, BudgetScope, CreateBudget } from "@orrery/protocol";
import type { Caller } from "../contract.ts";
import { dayAfter, dayOf } from "./days.ts";
import type { Holds } from "./holds.ts";
import type { Spending } from "./spending.ts";
import type { Sql } from "./store.ts";
import { targetOf } from "./targets.ts";

/** Each call looks at all of them. */
const budgetLimit = 200;

interface BudgetRow {
  id: string;
  scope: BudgetScope;
  targetId: string | null;
  period: BudgetPeriod;
  limitMicros: number;
  createdAt: number;
}

/** Why a call may not be made. */
export interface Refusal {
  /** A sentence for people, which names the budget. */
  message: string;
  /** What a call of the same caller may cost at most. */
  remainingMicros: number;
}

/** Why a budget cannot be made, in a sentence for the caller. */
export interface Conflict {
  conflict: string;
}

export class Budgets {
  readonly #sql: Sql;
  readonly #spending: Spending;
  readonly #holds: Holds;
  /** The table as it is, while this object alone changes it. */
  #rows: BudgetRow[] | null = null;

  constructor(sql: Sql, spending: Spending, holds: Holds) {
    this.#sql = sql;
    this.#spending = spending;
    this.#holds = holds;
  }

  get any(): boolean {
    return this.#all().length > 0;
  }

  /** Whether any budget bounds what targets of a scope may spend in all. */
  inAll(scope: BudgetScope): boolean {
    return this.#all().some((row) => row.scope === scope && row.period === "total");
  }

  /** All, oldest first, with what is spent and held. */
  list(now: number): Budget[] {
    return this.#all().map((row) => this.#view(row, dayOf(now)));
  }

  /** Null where there is none of that id. */
  get(id: string, now: number): Budget | null {
    const row = this.#all().find((row) => row.id === id);
    return row === undefined ? null : this.#view(row, dayOf(now));
  }

  /** What its target spent before counts from the first moment. */
  create({ scope, targetId = null, period, limitMicros }: CreateBudget, now: number): Budget | Conflict {
    const rows = this.#all();
    const same = rows.find(
      (row) => row.scope === scope && row.targetId === targetId && row.period === period,
    );
    if (same !== undefined) return { conflict: `The budget ${same.id} bounds the same: change its limit` };
    if (rows.length >= budgetLimit) {
      return { conflict: `A workspace has at most ${budgetLimit} budgets: delete one first` };
    }
    const row: BudgetRow = { id: newId(now), scope, targetId, period, limitMicros, createdAt: now };
    this.#change(
      `INSERT INTO budgets (id, scope, target_id, period, limit_micros, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
      row.id,
      scope,
      targetId,
      period,
      limitMicros,
      now,
    );
    return this.#view(row, dayOf(now));
  }

  /** A limit below what is spent and held stops what comes, and nothing that is under way. Null where there is none. */
  update(id: string, limitMicros: number, now: number): Budget | null {
    this.#change(`UPDATE budgets SET limit_micros = ? WHERE id = ?`, limitMicros, id);
    return this.get(id, now);
  }

  /** False where there is none of that id. */
  remove(id: string): boolean {
    const existed = this.#all().some((row) => row.id === id);
    this.#change(`DELETE FROM budgets WHERE id = ?`, id);
    return existed;
  }

  /**
   * Why a call of `micros` may not be made: the budget of which least is left. Null where all that apply have
   * room for it; a free call passes every budget.
   */
  refusal(caller: Caller, micros: number, now: number): Refusal | null {
    if (micros === 0) return null;
    const today = dayOf(now);
    let tightest: { row: BudgetRow; spent: number; held: number; left: number } | undefined;
    for (const row of this.#all()) {
      const targetId = targetOf(caller, row.scope);
      if (targetId === null || (row.targetId !== null && row.targetId !== targetId)) continue;
      const spent = this.#spending.of(row.scope, targetId, today)[row.period];
      const held = this.#holds.of(row.scope, targetId, today)[row.period];
      const left = row.limitMicros - spent - held;
      if (left < micros && (tightest === undefined || left < tightest.left)) {
        tightest = { row, spent, held, left };
      }
    }
    if (tightest === undefined) return null;
    const { row, spent, held, left } = tightest;
    const { id, scope, period, limitMicros } = row;
    const message =
      `The budget ${id} allows ${bounded(scope, targetOf(caller, scope))} ${dollars(limitMicros)}` +
      `${period === "day" ? " a day" : ""}: ${dollars(spent)} is spent, ${dollars(held)} is held for calls under ` +
      `way, and this call may cost ${dollars(micros)}.` +
      (period === "day" ? ` It renews at ${dayAfter(today, 1)}T00:00:00.000Z.` : "");
    return { message, remainingMicros: Math.max(0, left) };
  }

  #view({ createdAt, ...row }: BudgetRow, today: string): Budget {
    const { scope, period } = row;
    const targetId =
      scope === "workspace"
        ? ""
        : (row.targetId ??
          this.#spending.most(scope, period, today) ??
          this.#holds.most(scope, period, today));
    return {
      ...row,
      spentMicros: targetId === null ? 0 : this.#spending.of(scope, targetId, today)[period],
      heldMicros: targetId === null ? 0 : this.#holds.of(scope, targetId, today)[period],
      createdAt: timestamp(createdAt),
    };
  }

  #all(): readonly BudgetRow[] {
    this.#rows ??= this.#sql.exec(`SELECT * FROM budgets ORDER BY id`).toArray().map(budgetOf);
    return this.#rows;
  }

  #change(statement: string, ...bindings: (string | number | null)[]): void {
    this.#rows = null;
    this.#sql.exec(statement, ...bindings);
  }
}

/** The rows are written by this class alone. */
const budgetOf = (row: Record<string, unknown>): BudgetRow => ({
  id: String(row["id"]),
  scope: String(row["scope"]) as BudgetScope,
  targetId: row["target_id"] === null ? null : String(row["target_id"]),
  period: String(row["period"]) as BudgetPeriod,
  limitMicros: Number(row["limit_micros"]),
  createdAt: Number(row["created_at"]),
});

function bounded(scope: BudgetScope, targetId: string | null): string {
  if (scope === "workspace" || targetId === null) return "the workspace";
  return scope === "tree" ? `agent ${targetId} and those made for it` : `${scope} ${targetId}`;
}

/** `$0.05`: two decimals, more where the amount has them. */
export function dollars(micros: number): string {
  const cents = String(micros % 1_000_000)
    .padStart(6, "0")
    .replace(/0{1,4}$/, "");
  return `$${Math.floor(micros / 1_000_000)}.${cents}`;
}
