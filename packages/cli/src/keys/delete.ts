import { Argument, defineCommand } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";
import { holderText } from "./key-view.ts";

export const remove = defineCommand<[id: string], { yes?: true }>({
  name: "delete",
  summary: "forget a key",
  description:
    "Forgets a key with its private half. What was encrypted to it can never be opened. There is no way back.",
  arguments: [new Argument("<id>", "its id")],
  options: [yesOption()],
  examples: [["orrery keys delete k1 --yes", "without being asked"]],
  async run(session, options, id) {
    const key = await session.client.keys.get(id);
    const question = `Forget the ${key.use} key ${id} of ${holderText(key)}?`;
    if (!(await confirm(session, question, options.yes))) {
      session.remark("Nothing was deleted.");
      return;
    }
    await session.client.keys.delete(id);
    session.show({ deleted: id }, () => `Deleted ${id}.\n`);
  },
});
