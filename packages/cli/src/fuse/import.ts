import type { ImportFuseAgents, ImportResult } from "@orrery/client";
import { findBridge } from "../bridge/index.ts";
import { Argument, Option, defineCommand } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import { counted } from "../output/units.ts";
import type { Session } from "../session.ts";

interface Options {
  bridge?: string;
  model?: string;
  confidential?: true;
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
    new Option(
      "--confidential",
      "seal what they are given and answer, and encrypt it to peers with a key; only such agents take encrypted tasks",
    ),
    new Option("--dry-run", "say what would be made, and make nothing"),
  ],
  examples: [
    ["orrery fuse import --dry-run", "who is there?"],
    ["orrery fuse import summarizer --model openai/gpt-6-sol", "one of them, for a language model"],
  ],
  async run(session, options, ids) {
    const { id: bridgeId } = await findBridge(session.client, options.bridge);
    const result = await importAll(session, {
      bridgeId,
      ...(ids.length > 0 && { ids }),
      ...(options.model !== undefined && { model: options.model }),
      ...(options.confidential === true && { confidential: true }),
      ...(options.dryRun === true && { dryRun: true }),
    });
    session.show(result, () => view(result, session));
    if (result.items.length === 0) session.remark("No agent's keys were found in this Redis.");
    if (result.truncated) session.remark("There are more: import again, or name them.");
    const failed = result.items.filter(({ outcome }) => outcome === "failed").length;
    if (failed > 0) throw new CommandFailure(`${counted(failed, "agent")} could not be imported.`);
  },
});

/** Goes on while there are more and some of them could be made. */
async function importAll(session: Session, request: ImportFuseAgents): Promise<ImportResult> {
  const items = new Map<string, ImportResult["items"][number]>();
  for (;;) {
    const result = await session.client.fuse.import(request);
    const made = result.items.filter(({ outcome }) => outcome === "created").length;
    // What was made a moment ago is there by now, and was made all the same.
    for (const item of result.items) if (!items.has(item.id)) items.set(item.id, item);
    if (result.truncated && made > 0) continue;
    return { items: [...items.values()], truncated: result.truncated };
  }
}

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
