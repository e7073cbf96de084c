/** Budgets in words. */
import type { Budget, BudgetPeriod, BudgetScope } from "@orrery/protocol";

/** What a budget can bound. */
export const scopeOptions: readonly { value: BudgetScope; label: string; hint: string }[] = [
  { value: "workspace", label: "Workspace", hint: "all together" },
  { value: "agent", label: "Agents", hint: "each or one" },
  { value: "tree", label: "Agent trees", hint: "with agents made on their behalf" },
  { value: "session", label: "Conversations", hint: "each or one" },
  { value: "execution", label: "Executions", hint: "each or one" },
];

export const periodOptions: readonly { value: BudgetPeriod; label: string }[] = [
  { value: "day", label: "Per day (UTC)" },
  { value: "total", label: "In total" },
];

const each: Record<BudgetScope, string> = {
  workspace: "Whole workspace",
  agent: "Each agent",
  tree: "Each agent tree",
  session: "Each conversation",
  execution: "Each execution",
};

/**
 * What a budget bounds.
 * @param target the name of its one target, where it has one
 */
export function bounds({ scope, targetId }: Pick<Budget, "scope" | "targetId">, target: string): string {
  if (targetId === null) return each[scope];
  if (scope === "tree") return `${target} and its tree`;
  if (scope === "session") return `Conversation ${target}`;
  return scope === "execution" ? `Execution ${target}` : target;
}

export const periodWords: Record<BudgetPeriod, string> = { day: "per day", total: "in total" };
