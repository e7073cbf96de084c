import { Argument, defineCommand } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";
import { findAgent } from "../agents/index.ts";
import { oneLine } from "../output/text.ts";

export const remove = defineCommand<[agent: string, document: string], { yes?: true }>({
  name: "delete",
  summary: "take a document from an agent",
  description: "Takes a document from an agent. Conversations that it was attached in keep theirs.",
  arguments: [
    new Argument("<agent>", "the agent's id or name"),
    new Argument("<document>", "the document's id"),
  ],
  options: [yesOption()],
  examples: [
    [
      "orrery documents delete Reader 9f86d081884c7d659a2feaa0c55ad015 --yes",
      "take it away without being asked",
    ],
  ],
  async run(session, options, idOrName, documentId) {
    const agent = await findAgent(session.client, idOrName);
    const { name } = await session.client.documents.get(agent.id, documentId);
    if (!(await confirm(session, `Take ${oneLine(name)} from ${oneLine(agent.name)}?`, options.yes))) {
      session.remark("Nothing was deleted.");
      return;
    }
    await session.client.documents.delete(agent.id, documentId);
    session.show({ deleted: documentId }, () => `Deleted ${oneLine(name)}.\n`);
  },
});
