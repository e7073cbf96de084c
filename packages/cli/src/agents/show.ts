import { Argument, defineCommand } from "../command.ts";
import { agentView } from "./agent-view.ts";
import { findAgent } from "./find-agent.ts";

export const show = defineCommand<[agent: string], object>({
  name: "show",
  summary: "show an agent's settings",
  arguments: [new Argument("<agent>", "its id or name")],
  examples: [["orrery agents show Reader", "all that is set for the agent Reader"]],
  async run(session, _options, idOrName) {
    const agent = await findAgent(session.client, idOrName);
    session.show(agent, () => agentView(agent, session));
  },
});
