import { Argument, Option, defineCommand } from "../command.ts";
import { UsageError } from "../failure.ts";
import { agentSettingOptions, settingsOf, type AgentSettingOptions } from "./agent-settings.ts";
import { agentView } from "./agent-view.ts";
import { findAgent } from "./find-agent.ts";

interface Options extends AgentSettingOptions {
  name?: string;
}

export const update = defineCommand<[agent: string], Options>({
  name: "update",
  summary: "change some of an agent's settings",
  description: "Changes what is given and leaves the rest. An empty --system removes the system prompt.",
  arguments: [new Argument("<agent>", "its id or name")],
  options: [new Option("--name <name>", "a new name"), ...agentSettingOptions()],
  examples: [
    ["orrery agents update Reader --model auto:best", "let the best usable model answer"],
    ["orrery agents update Reader --status inactive", "refuse executions until it is active again"],
  ],
  async run(session, options, idOrName) {
    const { systemPrompt, ...settings } = settingsOf(options, session.terminal);
    const patch = {
      ...settings,
      ...(options.name !== undefined && { name: options.name }),
      ...(systemPrompt !== undefined && { systemPrompt: systemPrompt === "" ? null : systemPrompt }),
    };
    if (Object.keys(patch).length === 0)
      throw new UsageError("Say what to change, such as --model or --name.");
    const { id } = await findAgent(session.client, idOrName);
    const agent = await session.client.agents.update(id, patch);
    session.show(agent, () => agentView(agent, session));
  },
});
