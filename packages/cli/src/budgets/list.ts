import { defineCommand } from "../command.ts";
import { dollars } from "../output/units.ts";
import { bounded, left } from "./budget-view.ts";

export const list = defineCommand<[], object>({
  name: "list",
  isDefault: true,
  summary: "list budgets, with what is spent of each",
  examples: [["orrery budgets list", "what bounds this workspace"]],
  async run(session) {
    const items = await session.client.budgets.list();
    session.show({ items, nextCursor: null }, () =>
      session.table(items, [
        { heading: "ID", value: ({ id }) => id },
        { heading: "BOUNDS", value: bounded },
        { heading: "LIMIT", value: ({ limitMicros }) => dollars(limitMicros), align: "right" },
        { heading: "SPENT", value: ({ spentMicros }) => dollars(spentMicros), align: "right" },
        { heading: "HELD", optional: true, value: ({ heldMicros }) => dollars(heldMicros), align: "right" },
        { heading: "LEFT", value: left, align: "right" },
      ]),
    );
    if (items.length === 0)
      session.remark("There are no budgets. Create one: orrery budgets create --limit <dollars>");
  },
});
