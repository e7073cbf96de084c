import { Id, type Budget, type BudgetPeriod, type BudgetScope, type CreateBudget } from "@orrery/protocol";
import { FormDraft, type Problems } from "#lib/forms/form-draft.svelte.ts";
import { amountOf, microsOf } from "./money.ts";

export type BudgetField = "scope" | "target" | "period" | "limit";

/** The form's field that shows what is wrong at a path of the request. */
const fieldsByPath: Record<string, BudgetField> = {
  scope: "scope",
  targetId: "target",
  period: "period",
  limitMicros: "limit",
};

/** A budget being made or changed. */
export class BudgetDraft extends FormDraft<BudgetField> {
  scope = $state<BudgetScope>("workspace");
  /** Whether it bounds one target, and not each. */
  one = $state(false);
  target = $state("");
  period = $state<BudgetPeriod>("day");
  limit = $state("");
  readonly #before: string;

  /** @param budget the one to change; a new one is made without it */
  constructor(budget?: Budget) {
    super(["scope", "target", "period", "limit"]);
    if (budget) {
      this.scope = budget.scope;
      this.one = budget.targetId !== null;
      this.target = budget.targetId ?? "";
      this.period = budget.period;
      this.limit = amountOf(budget.limitMicros);
    }
    this.#before = JSON.stringify(this.#values());
  }

  readonly changed = $derived.by(() => JSON.stringify(this.#values()) !== this.#before);

  protected override wrong(): Problems<BudgetField> {
    const problems: Problems<BudgetField> = {};
    if (this.#hasTarget && !Id.safeParse(this.target.trim()).success) {
      problems.target =
        this.scope === "agent" || this.scope === "tree"
          ? "Choose an agent."
          : "Enter an id, such as 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87.";
    }
    if (microsOf(this.limit) === undefined) {
      problems.limit = "Enter an amount in dollars, such as 12.50, with at most six decimals.";
    }
    return problems;
  }

  protected override fieldOf(path: string): BudgetField | undefined {
    return fieldsByPath[path];
  }

  #values() {
    const { scope, one, target, period, limit } = this;
    return { scope, one, target, period, limit };
  }

  get #hasTarget(): boolean {
    return this.one && this.scope !== "workspace";
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
