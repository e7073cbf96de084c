import { Argument, Option, defineCommand } from "../command.ts";
import { assertId } from "../ids.ts";
import { dollars } from "../output/units.ts";
import { bounded, inDollars } from "./budget-view.ts";

export const update = defineCommand<[id: string], { limit: number }>({
  name: "update",
  summary: "raise or lower a budget's limit",
  arguments: [new Argument("<id>", "the budget's id")],
  options: [inDollars(new Option("--limit <dollars>", "how much, in US dollars").makeOptionMandatory())],
  examples: [["orrery budgets update 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87 --limit 10", "10 dollars instead"]],
  async run(session, { limit }, id) {
    assertId(id, "budget", "orrery budgets list");
    const budget = await session.client.budgets.update(id, { limitMicros: limit });
    session.show(budget, () => `${bounded(budget)}: ${dollars(budget.limitMicros)}\n`);
  },
});
