import { Argument, defineCommand } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";
import { holderText } from "./key-view.ts";

export const retire = defineCommand<[id: string], { yes?: true }>({
  name: "retire",
  summary: "let a key do nothing from now on",
  description:
    "What was signed with it is refused, and what was encrypted to it stays closed. It stays listed.",
  arguments: [new Argument("<id>", "its id")],
  options: [yesOption()],
  examples: [["orrery keys retire k1 --yes", "without being asked"]],
  async run(session, options, id) {
    const key = await session.client.keys.get(id);
    const question = `Retire the ${key.use} key ${id} of ${holderText(key)} at once?`;
    if (!(await confirm(session, question, options.yes))) {
      session.remark("Nothing was changed.");
      return;
    }
    const retired = await session.client.keys.retire(id);
    session.show(retired, () => `Retired ${id}.\n`);
  },
});
