import type { ImportResult } from "@orrery/client";
import { findBridge } from "../bridge/index.ts";
import { Argument, Option, defineCommand } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import { counted } from "../output/units.ts";
import type { Session } from "../session.ts";

interface Options {
  bridge?: string;
  model?: string;
  dryRun?: true;
}

type Outcome = ImportResult["items"][number]["outcome"];

export const importAgents = defineCommand<[ids: string[]], Options>({
  name: "import",
  summary: "make agents here for those that the existing system has",
  description:
    "Reads the existing agents' state and capabilities from their keys in Redis and makes those that are not here yet. " +
    "They begin in legacy mode: nothing changes for anybody.",
  arguments: [new Argument("[agents...]", "their names there; all whose keys are found where left out")],
  options: [
    new Option("--bridge <bridge>", "the bridge behind which they are; the only one there is where left out"),
    new Option("-m, --model <id>", "the model that is to answer for them (auto)"),
    new Option("--dry-run", "say what would be made, and make nothing"),
  ],
  examples: [
    ["orrery fuse import --dry-run", "who is there?"],
    ["orrery fuse import summarizer --model openai/gpt-6-sol", "one of them, for a language model"],
  ],
  async run(session, options, ids) {
    const { id: bridgeId } = await findBridge(session.client, options.bridge);
    const result = await session.client.fuse.import({
      bridgeId,
      ...(ids.length > 0 && { ids }),
      ...(options.model !== undefined && { model: options.model }),
      ...(options.dryRun === true && { dryRun: true }),
    });
    session.show(result, () => view(result, session));
    if (result.items.length === 0) session.remark("No agent's keys were found in this Redis.");
    const failed = result.items.filter(({ outcome }) => outcome === "failed").length;
    if (failed > 0) throw new CommandFailure(`${counted(failed, "agent")} could not be imported.`);
  },
});

const paint = (outcome: Outcome, text: string, { style }: Session): string => {
  if (outcome === "created") return style.green(text);
  return outcome === "failed" ? style.red(text) : style.dim(text);
};

const view = ({ items }: ImportResult, session: Session): string =>
  items.length === 0
    ? ""
    : session.table(items, [
        { heading: "AGENT", value: ({ id }) => id },
        {
          heading: "OUTCOME",
          value: ({ outcome }) => outcome,
          paint: ({ outcome }, text) => paint(outcome, text, session),
        },
        { heading: "CAPABILITIES", value: ({ capabilities }) => capabilities.join(", "), elastic: true },
        { heading: "BECAUSE", optional: true, value: ({ detail }) => detail, elastic: true },
      ]);
