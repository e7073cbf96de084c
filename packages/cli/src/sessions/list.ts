import { Argument, defineCommand } from "../command.ts";
import { findAgent } from "../agents/index.ts";
import { listOptions, readList, showList, type ListOptions } from "../output/list-options.ts";
import { ago } from "../output/units.ts";

export const list = defineCommand<[agent: string], ListOptions>({
  name: "list",
  summary: "list an agent's conversations, the one last spoken in first",
  arguments: [new Argument("<agent>", "its id or name")],
  options: listOptions(),
  examples: [["orrery sessions list Reader", "what the agent Reader has talked about"]],
  async run(session, options, idOrName) {
    const { id } = await findAgent(session.client, idOrName);
    const page = await readList(options, (query) => session.client.sessions.list(id, query));
    const now = session.terminal.now();
    showList(session, page, "It has no sessions yet.", (sessions) =>
      session.table(sessions, [
        { heading: "ID", value: (one) => one.id },
        { heading: "TITLE", value: (one) => one.title, elastic: true },
        { heading: "TURNS", value: (one) => one.executions, align: "right" },
        { heading: "LAST SPOKEN", value: (one) => ago(one.updatedAt, now) },
      ]),
    );
  },
});
