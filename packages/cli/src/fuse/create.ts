import type { CreateFuseAgent } from "@orrery/client";
import { findAgentId } from "../agents/index.ts";
import { findBridge } from "../bridge/index.ts";
import { Option, defineCommand, gathered, pairs } from "../command.ts";
import { UsageError } from "../failure.ts";
import { agentArgument } from "./find-fuse-agent.ts";
import { fuseAgentView } from "./fuse-agent-view.ts";

interface Options {
  bridge?: string;
  agent?: string;
  model?: string;
  system?: string;
  tool?: string[];
  capability?: string[];
  mode?: NonNullable<CreateFuseAgent["mode"]>;
  legacyChannels?: NonNullable<CreateFuseAgent["legacyChannels"]>;
  conflict?: Record<string, string>;
  confidential?: true;
}

type Conflicts = NonNullable<CreateFuseAgent["conflicts"]>;
const policies = ["object-wins", "merge", "redis-wins"] as const;

export const create = defineCommand<[id: string], Options>({
  name: "create",
  summary: "make an agent that answers over Redis",
  description:
    "Makes an agent without reading anything of it from Redis: for one that the existing system does not have, or whose keys it does not keep.",
  arguments: [agentArgument()],
  options: [
    new Option("--bridge <bridge>", "the bridge behind which it is; the only one there is where left out"),
    new Option(
      "--agent <agent>",
      "the agent that does its work, by its id or name; a new one where left out",
    ),
    new Option("-m, --model <id>", "the model of a new one (auto)").conflicts("agent"),
    new Option("--system <text>", "the system prompt of a new one").conflicts("agent"),
    gathered(new Option("--tool <name>", "a tool that a new one may call; may be repeated")).conflicts(
      "agent",
    ),
    gathered(new Option("--capability <name>", "what it can be asked for; may be repeated")),
    new Option("--mode <mode>", "who answers from the beginning (legacy)").choices([
      "legacy",
      "shadow",
      "canary",
      "orrery",
    ]),
    new Option("--legacy-channels <where>", "where the existing agent listens (shared)").choices([
      "shared",
      "private",
    ]),
    pairs(
      new Option(
        "--conflict <field=policy>",
        "object-wins, merge or redis-wins, where both sides changed a field of its state; * for all others; may be repeated",
      ),
    ),
    new Option("--confidential", "seal what it is given and answers, and encrypt it to peers with a key"),
  ],
  examples: [
    ["orrery fuse create translator --capability translate --mode orrery", "one that only Orrery has"],
    ["orrery fuse create summarizer --agent Reader", "let an agent that is here do the work"],
  ],
  async run(session, options, id) {
    const { client } = session;
    const { id: bridgeId } = await findBridge(client, options.bridge);
    const { model, system, tool, capability, mode, legacyChannels, conflict } = options;
    const agent = await client.fuse.agents.create({
      id,
      bridgeId,
      ...(options.agent !== undefined && { agentId: await findAgentId(client, options.agent) }),
      ...(model !== undefined && { model }),
      ...(system !== undefined && { systemPrompt: system }),
      ...(tool !== undefined && { tools: tool }),
      ...(capability !== undefined && { capabilities: capability }),
      ...(mode !== undefined && { mode }),
      ...(legacyChannels !== undefined && { legacyChannels }),
      ...(conflict !== undefined && { conflicts: conflictsOf(conflict) }),
      ...(options.confidential === true && { confidential: true }),
    });
    session.show(agent, () => fuseAgentView(agent, session));
  },
});

const isPolicy = (text: string): text is Conflicts[string] => (policies as readonly string[]).includes(text);

function conflictsOf(given: Record<string, string>): Conflicts {
  const conflicts: Conflicts = { "*": "object-wins" };
  for (const [field, policy] of Object.entries(given)) {
    if (!isPolicy(policy))
      throw new UsageError(`There is no policy ${policy}; there are ${policies.join(", ")}.`);
    conflicts[field] = policy;
  }
  return conflicts;
}
