import type { ExecutionStatus } from "@orrery/client";
import { findAgent } from "../agents/index.ts";
import { Option, defineCommand } from "../command.ts";
import { listOptions, readList, showList, type ListOptions } from "../output/list-options.ts";
import { ago, duration } from "../output/units.ts";
import { paintStatus } from "./execution-view.ts";

interface Options extends ListOptions {
  agent?: string;
  status?: ExecutionStatus;
}

export const list = defineCommand<[], Options>({
  name: "list",
  summary: "list the workspace's executions, newest first",
  options: [
    new Option("--agent <agent>", "those of one agent, by its id or name"),
    new Option("--status <status>", "those with this status").choices([
      "pending",
      "running",
      "waiting",
      "completed",
      "failed",
      "cancelled",
    ]),
    ...listOptions(),
  ],
  examples: [
    ["orrery executions list --status running", "what is under way"],
    ["orrery executions list --agent Reader --all --json", "everything one agent ever did, for a program"],
  ],
  async run(session, options) {
    const agentId =
      options.agent === undefined ? undefined : (await findAgent(session.client, options.agent)).id;
    const page = await readList(options, (query) =>
      session.client.executions.listRecent({ ...query, agentId, status: options.status }),
    );
    const now = session.terminal.now();
    const empty =
      agentId === undefined && options.status === undefined
        ? "There are no executions. Start one: orrery run <agent> <input>"
        : "No execution matches.";
    showList(session, page, empty, (executions) =>
      session.table(executions, [
        { heading: "ID", value: ({ id }) => id },
        { heading: "AGENT", value: ({ agentName, agentId: id }) => agentName ?? id, elastic: true },
        {
          heading: "STATUS",
          value: ({ status }) => status,
          paint: ({ status }, text) => paintStatus(status, text, session),
        },
        { heading: "MODEL", optional: true, value: ({ model }) => model, elastic: true },
        { heading: "WHERE", optional: true, value: ({ edgeLocation }) => edgeLocation },
        {
          heading: "TOOK",
          optional: true,
          value: ({ latencyMs }) => latencyMs && duration(latencyMs),
          align: "right",
        },
        { heading: "WHEN", value: ({ createdAt }) => ago(createdAt, now) },
        { heading: "INPUT", value: ({ inputPreview }) => inputPreview, elastic: true },
      ]),
    );
  },
});
