import { Argument, Option, defineCommand, gathered } from "../command.ts";
import { agentSettingOptions, settingsOf, type AgentSettingOptions } from "./agent-settings.ts";
import { agentView } from "./agent-view.ts";
import type { CreateAgent } from "@orrery/client";

interface Options extends AgentSettingOptions {
  application?: NonNullable<CreateAgent["application"]>;
  location?: NonNullable<CreateAgent["edgeLocations"]>;
  confidential?: true;
}

export const create = defineCommand<[name: string], Options>({
  name: "create",
  summary: "create an agent",
  description: "Creates an agent. What is not given takes its default; the default model answers offline.",
  arguments: [new Argument("<name>", "what to call it")],
  options: [
    ...agentSettingOptions(),
    new Option("--application <name>", "which application it belongs to").choices([
      "assistant",
      "fuse",
      "research",
      "inft",
    ]),
    gathered(new Option("--location <hint>", "where to place it, such as weur; may be repeated")),
    new Option(
      "--confidential",
      "seal what it is given and says, and leave it out of lists and events; for good",
    ),
  ],
  examples: [
    ["orrery agents create Reader", "an agent that answers from documents, offline"],
    [
      'orrery agents create Writer --model openai/gpt-6-sol --system "Write plainly."',
      "one that a language model answers for",
    ],
  ],
  async run(session, options, name) {
    const agent = await session.client.agents.create({
      name,
      ...settingsOf(options, session.terminal),
      ...(options.application !== undefined && { application: options.application }),
      ...(options.location !== undefined && { edgeLocations: options.location }),
      ...(options.confidential === true && { confidential: true }),
    });
    session.show(agent, () => agentView(agent, session));
  },
});
