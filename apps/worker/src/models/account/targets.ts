/** Whom a call spends for: the targets that budgets bound. */
import type { BudgetScope } from "@orrery/protocol";
import type { Caller } from "../contract.ts";

export const scopes: readonly BudgetScope[] = ["workspace", "agent", "session", "execution", "tree"];

/** A caller's target of each scope; null where a budget of that scope does not touch it. */
export type Targets = Readonly<Record<BudgetScope, string | null>>;

/** The caller's target in a scope; null where a budget of that scope does not touch it. The workspace's is empty. */
export function targetOf(caller: Caller, scope: BudgetScope): string | null {
  switch (scope) {
    case "workspace":
      return "";
    case "agent":
      return caller.agentId ?? null;
    case "session":
      return caller.sessionId ?? null;
    case "execution":
      return caller.executionId ?? null;
    case "tree":
      return caller.treeId ?? caller.agentId ?? null;
  }
}

export const targetsOf = (caller: Caller): Targets => ({
  workspace: "",
  agent: targetOf(caller, "agent"),
  session: targetOf(caller, "session"),
  execution: targetOf(caller, "execution"),
  tree: targetOf(caller, "tree"),
});
