import { findAgentId } from "../agents/index.ts";
import { Argument, Option, defineCommand } from "../command.ts";
import { flagTable } from "./list.ts";

const meanings = { on: true, off: false, default: null } as const;

export const set = defineCommand<[name: string, value: keyof typeof meanings], { agent?: string }>({
  name: "set",
  summary: "turn something on or off, for the workspace or for one agent",
  description:
    "What is said of an agent goes before what is said of the workspace, and that before the default.",
  arguments: [
    new Argument("<name>", "the flag's, from `orrery flags list`"),
    new Argument("<value>", "default takes back what was said").choices(Object.keys(meanings)),
  ],
  options: [new Option("--agent <agent>", "for one agent alone, by its id or name")],
  examples: [
    ["orrery flags set fuse-progress off --agent summarizer", "one agent that says nothing of its progress"],
    ["orrery flags set fuse-progress default", "say nothing of it any more"],
  ],
  async run(session, options, name, value) {
    const agentId =
      options.agent === undefined ? undefined : await findAgentId(session.client, options.agent);
    const flag = await session.client.flags.set(name, {
      enabled: meanings[value],
      ...(agentId !== undefined && { agentId }),
    });
    session.show(flag, () => flagTable([flag], session));
  },
});
