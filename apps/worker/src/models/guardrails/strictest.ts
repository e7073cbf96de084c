/** The rule for an answer where an agent and its workspace both have one. */
import { FilterAction, FilterClass, type FilterPolicy } from "@orrery/protocol";

/** From the least to the most strict, as the protocol lists them. */
const order = FilterAction.options;

/** For each class the stricter action of the two: `off`, `flag`, `redact`, `block`. What is off is not named. */
export function strictest(agent: FilterPolicy, workspace: FilterPolicy): FilterPolicy {
  const policy: FilterPolicy = {};
  for (const name of FilterClass.options) {
    const rank = Math.max(order.indexOf(agent[name] ?? "off"), order.indexOf(workspace[name] ?? "off"));
    const action = order[rank];
    if (action !== undefined && action !== "off") policy[name] = action;
  }
  return policy;
}
