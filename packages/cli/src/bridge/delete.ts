import { Argument, Option, defineCommand } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";
import { oneLine } from "../output/text.ts";
import { findBridge } from "./find-bridge.ts";

export const remove = defineCommand<[bridge: string], { yes?: true; force?: true }>({
  name: "delete",
  summary: "part a bridge from Redis for good, and forget it",
  description:
    "Deletes a bridge with its outbox and its counts, once what it has to say is in Redis. What it has written there stays. There is no way back.",
  arguments: [new Argument("<bridge>", "its id or name")],
  options: [yesOption(), new Option("--force", "delete it with what has not reached Redis")],
  examples: [["orrery bridge delete newfuse --yes", "delete it without being asked"]],
  async run(session, options, idOrName) {
    const bridge = await findBridge(session.client, idOrName);
    const { outbox } = bridge.status;
    const unsent =
      outbox === 0 || options.force !== true
        ? ""
        : ` ${outbox} of its messages have not reached Redis and never will.`;
    const question = `Delete the bridge ${oneLine(bridge.name)} (${bridge.id})?${unsent}`;
    if (!(await confirm(session, question, options.yes))) {
      session.remark("Nothing was deleted.");
      return;
    }
    await session.client.bridges.delete(bridge.id, { force: options.force === true });
    session.show({ deleted: bridge.id }, () => `Deleted ${oneLine(bridge.name)} (${bridge.id}).\n`);
  },
});
