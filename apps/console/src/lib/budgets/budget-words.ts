/** Budgets in words. */
import type { Budget, BudgetPeriod, BudgetScope } from "@orrery/protocol";

/** What a budget can bound. */
export const scopeOptions: readonly { value: BudgetScope; label: string; hint: string }[] = [
  { value: "workspace", label: "The workspace", hint: "everything together" },
  { value: "agent", label: "Agents", hint: "each, or one" },
  { value: "tree", label: "Trees of agents", hint: "one and all made for it" },
  { value: "session", label: "Conversations", hint: "each, or one" },
  { value: "execution", label: "Executions", hint: "each, or one" },
];

export const periodOptions: readonly { value: BudgetPeriod; label: string }[] = [
  { value: "day", label: "A day (UTC)" },
  { value: "total", label: "In all" },
];

const each: Record<BudgetScope, string> = {
  workspace: "The whole workspace",
  agent: "Each agent",
  tree: "Each agent with those made for it",
  session: "Each conversation",
  execution: "Each execution",
};

/**
 * What a budget bounds.
 * @param target the name of its one target, where it has one
 */
export function bounds({ scope, targetId }: Pick<Budget, "scope" | "targetId">, target: string): string {
  if (targetId === null) return each[scope];
  if (scope === "tree") return `${target} with the agents made for it`;
  if (scope === "session") return `Conversation ${target}`;
  return scope === "execution" ? `Execution ${target}` : target;
}

export const periodWords: Record<BudgetPeriod, string> = { day: "a day", total: "in all" };
