import { defineCommand } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";
import { oneLine } from "../output/text.ts";
import { agentArgument, bridgeOption, findFuseAgent, type WhichAgent } from "./find-fuse-agent.ts";

export const remove = defineCommand<[agent: string], WhichAgent & { yes?: true }>({
  name: "delete",
  summary: "take an agent off Redis",
  description:
    "Hands its unfinished tasks back, gives its lease up and forgets its tasks. The agent that did its work stays; " +
    "`orrery agents delete` takes that away.",
  arguments: [agentArgument()],
  options: [bridgeOption(), yesOption()],
  examples: [["orrery fuse delete summarizer --yes", "without being asked"]],
  async run(session, options, id) {
    const { bridgeId, mode } = await findFuseAgent(session.client, id, options);
    const answers = mode === "orrery" || mode === "canary" ? " It answers for it now." : "";
    if (!(await confirm(session, `Take ${oneLine(id)} off Redis?${answers}`, options.yes))) {
      session.remark("Nothing was changed.");
      return;
    }
    await session.client.fuse.agents.delete(bridgeId, id);
    session.show({ deleted: id }, () => `Took ${oneLine(id)} off Redis.\n`);
  },
});
