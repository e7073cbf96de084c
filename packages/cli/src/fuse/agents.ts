import type { MigrationMode } from "@orrery/client";
import { findBridge } from "../bridge/index.ts";
import { Option, defineCommand } from "../command.ts";
import { listOptions, readList, showList, type ListOptions } from "../output/list-options.ts";
import { ago } from "../output/units.ts";
import { modeText, modes, paintMode } from "./fuse-agent-view.ts";

interface Options extends ListOptions {
  bridge?: string;
  mode?: MigrationMode;
}

export const agents = defineCommand<[], Options>({
  name: "agents",
  isDefault: true,
  summary: "list the agents behind Redis, and who answers for each",
  options: [
    new Option("--bridge <bridge>", "those behind one bridge"),
    new Option("--mode <mode>", "those in this mode").choices(modes),
    ...listOptions(),
  ],
  examples: [
    ["orrery fuse agents", "the migration at a glance"],
    ["orrery fuse agents --mode shadow", "those that are being compared"],
  ],
  async run(session, options) {
    const bridgeId =
      options.bridge === undefined ? undefined : (await findBridge(session.client, options.bridge)).id;
    const page = await readList(options, (query) =>
      session.client.fuse.agents.list({ ...query, bridgeId, mode: options.mode }),
    );
    const now = session.terminal.now();
    showList(session, page, "There are no such agents. Bring them: orrery fuse import", (found) =>
      session.table(found, [
        { heading: "AGENT", value: ({ id }) => id, elastic: true },
        { heading: "MODE", value: modeText, paint: (agent, text) => paintMode(agent, text, session) },
        {
          heading: "LEASE",
          value: ({ lease }) => (lease === null ? "unknown" : lease.owner),
          optional: true,
        },
        {
          heading: "ACTIVITY",
          value: ({ activity }) => activity,
          paint: ({ activity }, text) => (activity === "running" ? text : session.style.yellow(text)),
        },
        { heading: "QUEUED", value: ({ tasks }) => tasks.queued, align: "right" },
        { heading: "RUNNING", value: ({ tasks }) => tasks.running, align: "right" },
        { heading: "DONE", value: ({ tasks }) => tasks.completed, align: "right" },
        {
          heading: "FAILED",
          value: ({ tasks }) => tasks.failed,
          paint: ({ tasks }, text) => (tasks.failed > 0 ? session.style.red(text) : text),
          align: "right",
        },
        {
          heading: "DIFFER",
          optional: true,
          value: ({ shadow }) => (shadow.compared === 0 ? null : `${shadow.different}/${shadow.compared}`),
          align: "right",
        },
        {
          heading: "LAST ACTIVE",
          optional: true,
          value: ({ state }) => state.metrics.lastActive && ago(state.metrics.lastActive, now),
        },
        {
          heading: "CAPABILITIES",
          optional: true,
          value: ({ state }) => state.capabilities.join(", ") || null,
          elastic: true,
        },
      ]),
    );
  },
});
