import type { Document } from "@orrery/client";
import { Argument, defineCommand } from "../command.ts";
import { findAgent } from "../agents/index.ts";
import { oneLine } from "../output/text.ts";
import { bytes } from "../output/units.ts";
import { readAttachments } from "../run/attachments.ts";

export const add = defineCommand<[agent: string, files: string[]], object>({
  name: "add",
  summary: "give an agent documents",
  description:
    "Gives an agent documents that it can look into in every conversation. `orrery run --file` attaches one to a single conversation instead.",
  arguments: [
    new Argument("<agent>", "its id or name"),
    new Argument("<files...>", "documents, 10 MiB each at most"),
  ],
  examples: [["orrery documents add Reader prices.pdf terms.md", "two documents for the agent Reader"]],
  async run(session, _, idOrName, paths) {
    const files = await readAttachments(paths, session.terminal.cwd, Number.POSITIVE_INFINITY);
    const agent = await findAgent(session.client, idOrName);
    const items: Document[] = [];
    for (const file of files) items.push(await session.client.documents.add(agent.id, file));
    session.show({ items }, () =>
      items.map(({ id, name, size }) => `${id}  ${oneLine(name)}, ${bytes(size)}\n`).join(""),
    );
  },
});
