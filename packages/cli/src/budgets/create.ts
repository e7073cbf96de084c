import type { Budget } from "@orrery/client";
import { findAgentId } from "../agents/index.ts";
import { Option, defineCommand } from "../command.ts";
import { dollars } from "../output/units.ts";
import { bounded, inDollars } from "./budget-view.ts";

interface Options {
  scope: Budget["scope"];
  target?: string;
  period: Budget["period"];
  limit: number;
}

export const create = defineCommand<[], Options>({
  name: "create",
  summary: "bound what may be spent",
  description:
    "A call that could pass the limit is refused before it is made. Once this answers, the limit holds everywhere.",
  options: [
    new Option("--scope <scope>", "what it bounds")
      .choices(["workspace", "agent", "session", "execution", "tree"])
      .default("workspace"),
    new Option(
      "--target <id>",
      "one agent (its id or name), session, execution or root agent; each one where left out",
    ),
    new Option("--period <period>", "for each UTC day, or in all").choices(["day", "total"]).default("day"),
    inDollars(new Option("--limit <dollars>", "how much, in US dollars").makeOptionMandatory()),
  ],
  examples: [
    ["orrery budgets create --limit 5", "the whole workspace spends at most 5 dollars a day"],
    [
      "orrery budgets create --scope execution --period total --limit 0.25",
      "no execution costs more than 25 cents",
    ],
  ],
  async run(session, { scope, target, period, limit }) {
    const isAgent = scope === "agent" || scope === "tree";
    const targetId = isAgent && target !== undefined ? await findAgentId(session.client, target) : target;
    const budget = await session.client.budgets.create({
      scope,
      period,
      limitMicros: limit,
      ...(targetId !== undefined && { targetId }),
    });
    session.show(budget, () => `${budget.id}  ${bounded(budget)}: ${dollars(budget.limitMicros)}\n`);
  },
});
