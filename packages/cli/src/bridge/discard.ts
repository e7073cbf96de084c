import { Argument, defineCommand } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";
import { oneLine } from "../output/text.ts";
import { findBridge } from "./find-bridge.ts";

export const discard = defineCommand<[bridge: string, letter: string], { yes?: true }>({
  name: "discard",
  summary: "forget a dead letter",
  arguments: [
    new Argument("<bridge>", "its id or name"),
    new Argument("<letter>", "the dead letter's id, from `orrery bridge dead-letters`"),
  ],
  options: [yesOption()],
  examples: [["orrery bridge discard newfuse 1763683200000-0 --yes", "forget it without being asked"]],
  async run(session, options, idOrName, letter) {
    const { id, name } = await findBridge(session.client, idOrName);
    if (!(await confirm(session, `Forget the dead letter ${letter} of ${oneLine(name)}?`, options.yes))) {
      session.remark("Nothing was forgotten.");
      return;
    }
    await session.client.bridges.deleteDeadLetter(id, letter);
    session.show({ deleted: letter }, () => `Forgot ${letter}.\n`);
  },
});
