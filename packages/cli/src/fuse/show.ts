import { defineCommand } from "../command.ts";
import { agentArgument, bridgeOption, findFuseAgent, type WhichAgent } from "./find-fuse-agent.ts";
import { fuseAgentView } from "./fuse-agent-view.ts";

export const show = defineCommand<[agent: string], WhichAgent>({
  name: "show",
  summary: "show one agent: who answers, its lease, tasks, and what shadow found",
  arguments: [agentArgument()],
  options: [bridgeOption()],
  examples: [["orrery fuse show summarizer", "how it stands with it"]],
  async run(session, options, id) {
    const { bridgeId } = await findFuseAgent(session.client, id, options);
    // Its own record says what the list's index may not know yet.
    const agent = await session.client.fuse.agents.get(bridgeId, id);
    session.show(agent, () => fuseAgentView(agent, session));
  },
});
