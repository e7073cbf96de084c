/** Sums over holds by target and day, in memory: a call's hold costs the same however many are under way. */
import type { BudgetPeriod, BudgetScope } from "@orrery/protocol";
import type { Expense, Amounts } from "./spending.ts";
import { scopes } from "./targets.ts";

type Days = Map<string, number>;

export class HeldSums {
  readonly #sums: Record<BudgetScope, Map<string, Days>> = {
    workspace: new Map(),
    agent: new Map(),
    session: new Map(),
    execution: new Map(),
    tree: new Map(),
  };

  add({ targets, micros, day }: Expense): void {
    for (const scope of scopes) {
      const targetId = targets[scope];
      if (targetId === null) continue;
      const days = this.#sums[scope].get(targetId) ?? new Map<string, number>();
      days.set(day, (days.get(day) ?? 0) + micros);
      this.#sums[scope].set(targetId, days);
    }
  }

  /** Only what was added. */
  subtract({ targets, micros, day }: Expense): void {
    for (const scope of scopes) {
      const targetId = targets[scope];
      if (targetId === null) continue;
      const days = this.#sums[scope].get(targetId);
      const left = (days?.get(day) ?? 0) - micros;
      if (left > 0) days?.set(day, left);
      else days?.delete(day);
      if (days?.size === 0) this.#sums[scope].delete(targetId);
    }
  }

  of(scope: BudgetScope, targetId: string, today: string): Amounts {
    return amountsOf(this.#sums[scope].get(targetId), today);
  }

  /** The target of a scope for which most is held; null where nothing is. */
  most(scope: BudgetScope, period: BudgetPeriod, today: string): string | null {
    let most = 0;
    let found: string | null = null;
    for (const [targetId, days] of this.#sums[scope]) {
      const micros = amountsOf(days, today)[period];
      if (micros > most) [most, found] = [micros, targetId];
    }
    return found;
  }
}

/** A clock set back finds holds of tomorrow: they count as today's. */
function amountsOf(days: Days | undefined, today: string): Amounts {
  const amounts = { total: 0, day: 0 };
  for (const [day, micros] of days ?? []) {
    amounts.total += micros;
    if (day >= today) amounts.day += micros;
  }
  return amounts;
}
