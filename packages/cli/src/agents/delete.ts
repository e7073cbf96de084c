import { Argument, defineCommand } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";
import { oneLine } from "../output/text.ts";
import { findAgent } from "./find-agent.ts";

export const remove = defineCommand<[agent: string], { yes?: true }>({
  name: "delete",
  summary: "delete an agent and all that is its own",
  description: "Deletes an agent with its sessions, executions and documents. There is no way back.",
  arguments: [new Argument("<agent>", "its id or name")],
  options: [yesOption()],
  examples: [["orrery agents delete Reader --yes", "delete it without being asked"]],
  async run(session, options, idOrName) {
    const agent = await findAgent(session.client, idOrName);
    const question = `Delete ${oneLine(agent.name)} (${agent.id}) with its sessions, executions and documents?`;
    if (!(await confirm(session, question, options.yes))) {
      session.remark("Nothing was deleted.");
      return;
    }
    await session.client.agents.delete(agent.id);
    session.show({ deleted: agent.id }, () => `Deleted ${oneLine(agent.name)} (${agent.id}).\n`);
  },
});
