import { Argument, defineCommand } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";
import { assertId } from "../ids.ts";
import { dollars } from "../output/units.ts";
import { bounded } from "./budget-view.ts";

export const remove = defineCommand<[id: string], { yes?: true }>({
  name: "delete",
  summary: "delete a budget",
  arguments: [new Argument("<id>", "the budget's id")],
  options: [yesOption()],
  examples: [["orrery budgets delete 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87 --yes", "without being asked"]],
  async run(session, options, id) {
    assertId(id, "budget", "orrery budgets list");
    const budget = await session.client.budgets.get(id);
    const question = `Take away the budget of ${dollars(budget.limitMicros)} for ${bounded(budget)}?`;
    if (!(await confirm(session, question, options.yes))) {
      session.remark("Nothing was changed.");
      return;
    }
    await session.client.budgets.delete(id);
    session.show({ deleted: id }, () => `Deleted the budget for ${bounded(budget)}.\n`);
  },
});
