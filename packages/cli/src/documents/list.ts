import { Argument, Option, defineCommand } from "../command.ts";
import { findAgent } from "../agents/index.ts";
import { listOptions, readList, showList, type ListOptions } from "../output/list-options.ts";
import { ago, bytes } from "../output/units.ts";

export const list = defineCommand<[agent: string], ListOptions & { session?: string }>({
  name: "list",
  summary: "list an agent's documents",
  arguments: [new Argument("<agent>", "its id or name")],
  options: [
    new Option("--session <id>", "those attached in one conversation, instead of the agent's own"),
    ...listOptions(),
  ],
  examples: [["orrery documents list Reader", "what the agent Reader can look into"]],
  async run(session, options, idOrName) {
    const { id } = await findAgent(session.client, idOrName);
    const page = await readList(options, (query) =>
      session.client.documents.list(id, { ...query, sessionId: options.session }),
    );
    const now = session.terminal.now();
    showList(session, page, "It has no documents.", (documents) =>
      session.table(documents, [
        { heading: "ID", value: (one) => one.id },
        { heading: "NAME", value: (one) => one.name, elastic: true },
        { heading: "TYPE", value: (one) => one.mediaType, optional: true },
        { heading: "SIZE", value: (one) => bytes(one.size), align: "right" },
        { heading: "GIVEN", value: (one) => ago(one.createdAt, now) },
      ]),
    );
  },
});
