import type { AgentFilter } from "@orrery/client";
import { Option, defineCommand } from "../command.ts";
import { listOptions, readList, showList, type ListOptions } from "../output/list-options.ts";
import { ago } from "../output/units.ts";
import { paintStatus } from "./agent-view.ts";

interface Options extends ListOptions {
  query?: string;
  application?: NonNullable<AgentFilter["application"]>;
  status?: NonNullable<AgentFilter["status"]>;
}

export const list = defineCommand<[], Options>({
  name: "list",
  summary: "list agents, newest first",
  options: [
    new Option("-q, --query <text>", "those with a word of their name that begins like this"),
    new Option("--application <name>", "those of one application").choices([
      "assistant",
      "fuse",
      "research",
      "inft",
    ]),
    new Option("--status <status>", "those with this status").choices(["active", "inactive"]),
    ...listOptions(),
  ],
  examples: [
    ["orrery agents list", "the newest agents"],
    [
      "orrery agents list --query read --json",
      "those whose name has a word beginning with read, for a program",
    ],
  ],
  async run(session, options) {
    const page = await readList(options, (query) =>
      session.client.agents.list({
        ...query,
        q: options.query,
        application: options.application,
        status: options.status,
      }),
    );
    const now = session.terminal.now();
    const isNarrowed = [options.query, options.application, options.status].some(
      (part) => part !== undefined,
    );
    const empty = isNarrowed
      ? "No agent matches."
      : "There are no agents. Create one: orrery agents create <name>";
    showList(session, page, empty, (agents) =>
      session.table(agents, [
        { heading: "ID", value: ({ id }) => id },
        { heading: "NAME", value: ({ name }) => name, elastic: true },
        { heading: "MODEL", value: ({ model }) => model, elastic: true },
        {
          heading: "STATUS",
          value: ({ status }) => status,
          paint: ({ status }) => paintStatus(status, session),
        },
        {
          heading: "REQUESTS",
          optional: true,
          value: ({ metrics }) => metrics.requestsHandled,
          align: "right",
        },
        {
          heading: "LAST ACTIVE",
          optional: true,
          value: ({ metrics }) => metrics.lastActive && ago(metrics.lastActive, now),
        },
      ]),
    );
  },
});
