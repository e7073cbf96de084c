import { defineCommand, type Mount } from "../command.ts";
import { agentArgument, bridgeOption, findFuseAgent, type WhichAgent } from "./find-fuse-agent.ts";
import { fuseAgentView } from "./fuse-agent-view.ts";

const activity = (
  name: "pause" | "resume" | "drain",
  summary: string,
  description: string,
  purpose: string,
): Mount =>
  defineCommand<[agent: string], WhichAgent>({
    name,
    summary,
    description,
    arguments: [agentArgument()],
    options: [bridgeOption()],
    examples: [[`orrery fuse ${name} summarizer`, purpose]],
    async run(session, options, id) {
      const { bridgeId } = await findFuseAgent(session.client, id, options);
      const agent = await session.client.fuse.agents[name](bridgeId, id);
      session.show(agent, () => fuseAgentView(agent, session));
    },
  });

export const pause = activity(
  "pause",
  "begin no more tasks until it is resumed",
  "What runs goes on to its end; what is queued, and what comes, waits.",
  "hold it while something is looked at",
);

export const resume = activity(
  "resume",
  "take tasks again after a pause or a drain",
  "What has waited begins, by priority and age.",
  "go on",
);

export const drain = activity(
  "drain",
  "end the tasks it has, and take no more",
  "Before an agent is taken away: it ends what it has accepted, and accepts nothing new.",
  "let it run empty",
);
