import type { FuseAgent, Migrate, MigrationMode, MigrationResult } from "@orrery/client";
import { Argument, Option, defineCommand, numeric } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";
import { UsageError } from "../failure.ts";
import { oneLine } from "../output/text.ts";
import { counted } from "../output/units.ts";
import type { Session } from "../session.ts";
import { agentArgument, bridgeOption, findFuseAgent, type WhichAgent } from "./find-fuse-agent.ts";
import { fuseAgentView, modes } from "./fuse-agent-view.ts";

interface Options extends WhichAgent {
  percent?: number;
  legacyChannels?: NonNullable<Migrate["legacyChannels"]>;
  force?: true;
  yes?: true;
}

export const migrate = defineCommand<[agent: string, mode: MigrationMode], Options>({
  name: "migrate",
  summary: "change who answers for an agent: legacy, shadow, canary or orrery",
  description:
    "legacy: the existing system. shadow: it, and Orrery does the same tasks unheard. canary: Orrery for a share of the tasks. " +
    "orrery: Orrery alone. Ownership is a lease in Redis, so that one side answers, never both; taking over is refused while the " +
    "existing agent gives signs of life on shared channels.",
  arguments: [agentArgument(), new Argument("<mode>", "who answers from now on").choices(modes)],
  options: [
    numeric(
      new Option(
        "--percent <number>",
        "with canary: how many of 100 tasks are Orrery's (as before, else 10)",
      ),
      {
        min: 0,
        max: 100,
        whole: true,
      },
    ),
    new Option(
      "--legacy-channels <where>",
      "private where the existing agent was told to listen on <channel>:legacy:<agent>; else shared",
    ).choices(["shared", "private"]),
    bridgeOption(),
    new Option("--force", "take over although the existing agent gives signs of life"),
    yesOption(),
  ],
  examples: [
    ["orrery fuse migrate summarizer shadow", "compare, and change nothing"],
    [
      "orrery fuse migrate summarizer canary --percent 10 --legacy-channels private",
      "answer every tenth task",
    ],
    ["orrery fuse migrate summarizer orrery", "answer all of them"],
  ],
  async run(session, options, id, mode) {
    const { percent, force, legacyChannels } = options;
    if (percent !== undefined && mode !== "canary") throw new UsageError("Only canary has a percentage.");
    const agent = await findFuseAgent(session.client, id, options);
    if (force === true && !(await confirmForce(session, agent, options))) return;
    await change(session, agent, {
      mode,
      ...(percent !== undefined && { percent }),
      ...(legacyChannels !== undefined && { legacyChannels }),
      ...(force === true && { force }),
    });
  },
});

export const rollback = defineCommand<[agent: string], WhichAgent>({
  name: "rollback",
  summary: "let the existing system answer again, at once",
  description:
    "The same as `migrate <agent> legacy`: tasks that have not ended are handed back to the existing system.",
  arguments: [agentArgument()],
  options: [bridgeOption()],
  examples: [["orrery fuse rollback summarizer", "the way back, at every moment"]],
  async run(session, options, id) {
    await change(session, await findFuseAgent(session.client, id, options), { mode: "legacy" });
  },
});

async function confirmForce(session: Session, { id }: FuseAgent, { yes }: Options): Promise<boolean> {
  const question = `Take over ${oneLine(id)} although the existing agent may still answer? Peers may then hear two answers.`;
  if (await confirm(session, question, yes)) return true;
  session.remark("Nothing was changed.");
  return false;
}

async function change(session: Session, { bridgeId, id }: FuseAgent, migration: Migrate): Promise<void> {
  const result = await session.client.fuse.agents.migrate(bridgeId, id, migration);
  session.show(result, () => resultView(result, session));
}

function resultView({ agent, handedBack }: MigrationResult, session: Session): string {
  const back = handedBack === 0 ? "" : `${counted(handedBack, "unfinished task")} handed back.\n`;
  return `${fuseAgentView(agent, session)}${back}`;
}
