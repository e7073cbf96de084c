import { Argument, defineCommand } from "../command.ts";
import { confirm, yesOption } from "../confirm.ts";
import { findAgent } from "../agents/index.ts";
import { assertId } from "../ids.ts";
import { oneLine } from "../output/text.ts";

export const remove = defineCommand<[agent: string, session: string], { yes?: true }>({
  name: "delete",
  summary: "delete a conversation with its documents",
  arguments: [
    new Argument("<agent>", "the agent's id or name"),
    new Argument("<session>", "the session's id"),
  ],
  options: [yesOption()],
  examples: [
    [
      "orrery sessions delete Reader 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87 --yes",
      "delete it without being asked",
    ],
  ],
  async run(session, options, idOrName, sessionId) {
    const agent = await findAgent(session.client, idOrName);
    assertId(sessionId, "session", `orrery sessions list ${oneLine(idOrName)}`);
    const about = await session.client.sessions.get(agent.id, sessionId);
    const question = `Delete the session “${oneLine(about.title)}” of ${oneLine(agent.name)}?`;
    if (!(await confirm(session, question, options.yes))) {
      session.remark("Nothing was deleted.");
      return;
    }
    await session.client.sessions.delete(agent.id, sessionId);
    session.show({ deleted: sessionId }, () => `Deleted the session ${sessionId}.\n`);
  },
});
