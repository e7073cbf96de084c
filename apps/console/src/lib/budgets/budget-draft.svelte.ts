import type { ApiError } from "@orrery/client";
import { Id, type Budget, type BudgetPeriod, type BudgetScope, type CreateBudget } from "@orrery/protocol";
import { amountOf, microsOf } from "./money.ts";

export type BudgetField = "scope" | "target" | "period" | "limit";

/** The form's field that shows what is wrong at a path of the request. */
const fieldOf: Record<string, BudgetField> = {
  scope: "scope",
  targetId: "target",
  period: "period",
  limitMicros: "limit",
};

/** A budget being made or changed: what the form holds, and what is wrong with it. */
export class BudgetDraft {
  scope = $state<BudgetScope>("workspace");
  /** Whether it bounds one target, and not each. */
  one = $state(false);
  target = $state("");
  period = $state<BudgetPeriod>("day");
  limit = $state("");
  /** What is wrong that belongs to no field. */
  general = $state("");
  #checked = $state(false);
  #refused = $state.raw<Partial<Record<BudgetField, string>>>({});

  /** @param budget the one to change; a new one is made without it */
  constructor(budget?: Budget) {
    if (!budget) return;
    this.scope = budget.scope;
    this.one = budget.targetId !== null;
    this.target = budget.targetId ?? "";
    this.period = budget.period;
    this.limit = amountOf(budget.limitMicros);
  }

  readonly #wrong = $derived.by(() => {
    const problems: Partial<Record<BudgetField, string>> = {};
    if (this.#hasTarget && !Id.safeParse(this.target.trim()).success) {
      problems.target =
        this.scope === "agent" || this.scope === "tree"
          ? "Choose the agent."
          : "An id, such as 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87.";
    }
    if (microsOf(this.limit) === undefined) {
      problems.limit = "An amount of dollars such as 12.50, with at most six decimals.";
    }
    return problems;
  });

  readonly problems: Partial<Record<BudgetField, string>> = $derived.by(() => ({
    ...this.#refused,
    ...(this.#checked && this.#wrong),
  }));

  get #hasTarget(): boolean {
    return this.one && this.scope !== "workspace";
  }

  /** Forgets what the platform said about a field: it has been changed since. */
  edited(field: BudgetField): void {
    const { [field]: _, ...rest } = this.#refused;
    this.#refused = rest;
  }

  /** Checks all fields. Returns the first that is wrong. */
  check(): BudgetField | undefined {
    this.#checked = true;
    this.general = "";
    return (["target", "limit"] as const).find((field) => this.#wrong[field]);
  }

  /** Takes over what the platform refused. Returns the first field concerned. */
  refuse(error: ApiError): BudgetField | undefined {
    const refused: Partial<Record<BudgetField, string>> = {};
    for (const { path, message } of error.errors) {
      const field = fieldOf[path];
      if (field) refused[field] ??= message;
    }
    this.#refused = refused;
    const [first] = Object.keys(refused) as BudgetField[];
    if (first === undefined) this.general = error.detail;
    return first;
  }

  /** Micro-dollars. Call after {@link check}. */
  get limitMicros(): number {
    return microsOf(this.limit) ?? 0;
  }

  /** The request that makes this budget. Call after {@link check}. */
  toCreate(): CreateBudget {
    return {
      scope: this.scope,
      targetId: this.#hasTarget ? this.target.trim() : null,
      period: this.period,
      limitMicros: this.limitMicros,
    };
  }
}
