import { Option, defineCommand } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";
import { oneLine } from "../output/text.ts";
import { agentArgument, bridgeOption, findFuseAgent, type WhichAgent } from "./find-fuse-agent.ts";

interface Options extends WhichAgent {
  force?: true;
  yes?: true;
}

export const remove = defineCommand<[agent: string], Options>({
  name: "delete",
  summary: "take an agent off Redis",
  description:
    "Has the existing system answer for it, hands its unfinished tasks back, gives its lease up and forgets its tasks. Where " +
    "that takes longer, it goes on by itself, and this command is to be given again. An agent that was made with it goes, too.",
  arguments: [agentArgument()],
  options: [
    bridgeOption(),
    new Option("--force", "although tasks are lost that are not finished or not handed back yet"),
    yesOption(),
  ],
  examples: [["orrery fuse delete summarizer --yes", "without being asked"]],
  async run(session, options, id) {
    const { bridgeId, mode } = await findFuseAgent(session.client, id, options);
    const answers = mode === "orrery" || mode === "canary" ? " It answers for it now." : "";
    if (!(await confirm(session, `Take ${oneLine(id)} off Redis?${answers}`, options.yes))) {
      session.remark("Nothing was changed.");
      return;
    }
    await session.client.fuse.agents.delete(bridgeId, id, { force: options.force === true });
    session.show({ deleted: id }, () => `Took ${oneLine(id)} off Redis.\n`);
  },
});
