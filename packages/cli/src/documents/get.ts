import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Argument, Option, defineCommand } from "../command.ts";
import { findAgent } from "../agents/index.ts";
import { UsageError } from "../failure.ts";
import { bytes } from "../output/units.ts";

export const get = defineCommand<[agent: string, document: string], { output: string }>({
  name: "get",
  summary: "write a document to a file",
  arguments: [
    new Argument("<agent>", "the agent's id or name"),
    new Argument("<document>", "the document's id"),
  ],
  options: [
    new Option("-o, --output <path>", "where to write it; it must not be there yet").makeOptionMandatory(),
  ],
  examples: [
    [
      "orrery documents get Reader 9f86d081884c7d659a2feaa0c55ad015 --output prices.pdf",
      "have the document as it was given",
    ],
  ],
  async run(session, { output }, idOrName, documentId) {
    const path = resolve(session.terminal.cwd, output);
    if (existsSync(path)) throw new UsageError(`${output} is there already.`);
    const agent = await findAgent(session.client, idOrName);
    const content = await session.client.documents.content(agent.id, documentId);
    writeFileSync(path, content, { flag: "wx" });
    session.show(
      { written: path, size: content.length },
      () => `Wrote ${bytes(content.length)} to ${output}.\n`,
    );
  },
});
