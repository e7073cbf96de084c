import type { UsageReport } from "@orrery/client";
import { removedAgents } from "@orrery/protocol";
import { findAgentId } from "../agents/index.ts";
import { Option, defineCommand } from "../command.ts";
import { listOptions, readList, type ListOptions } from "../output/list-options.ts";
import { dollars } from "../output/units.ts";

interface Options extends ListOptions {
  by: UsageReport["by"];
  from?: string;
  to?: string;
  agent?: string;
  model?: string;
  csv?: true;
}

/** What the lines without a name are called. */
const nameless: Readonly<Record<string, string>> = {
  "": "(direct)",
  [removedAgents]: "(removed agents)",
};

type Line = UsageReport["total"] & { key: string; name?: string | undefined };

export const usage = defineCommand<[], Options>({
  name: "usage",
  summary: "show what was spent, by day, agent or model",
  description: "Sums over every call to a model's provider, failed ones included. Days are UTC days.",
  options: [
    new Option("--by <what>", "what to sum by").choices(["day", "agent", "model"]).default("day"),
    new Option("--from <day>", "the first day, as 2026-11-01 (else 30 days ago)"),
    new Option("--to <day>", "the last day (else today)"),
    new Option("--agent <agent>", "only calls of this agent, by its id or name"),
    new Option("--model <id>", "only calls of this model"),
    ...listOptions(),
    new Option("--csv", "answer in CSV, with every line").conflicts(["json", "limit", "cursor", "all"]),
  ],
  examples: [
    ["orrery usage", "each of the last 30 days"],
    ["orrery usage --by agent --all", "what each agent spent, and removed ones together"],
    ["orrery usage --by model --agent Reader", "on which models an agent spent it"],
    ["orrery usage --by model --from 2026-11-01 --csv", "what each model cost this month, for a spreadsheet"],
  ],
  async run(session, { by, from, to, agent, model, csv, ...pages }) {
    const agentId = agent === undefined ? undefined : await findAgentId(session.client, agent);
    const filter = { by, from, to, agentId, model };
    if (csv === true) {
      session.write(await session.client.usage.csv(filter));
      return;
    }
    const parts: UsageReport[] = [];
    const page = await readList(pages, async (query) => {
      const part = await session.client.usage.report({ ...filter, ...query });
      parts.push(part);
      return part;
    });
    const [first] = parts;
    if (first === undefined) return;
    const report: UsageReport = { ...first, ...page };
    session.show(report, () => {
      const lines: Line[] = [
        // Days without a call say nothing.
        ...report.items.filter((line) => by !== "day" || line.calls > 0),
        { ...report.total, key: "total" },
      ];
      const count = (value: number): string => value.toLocaleString("en");
      return session.table(lines, [
        { heading: by.toUpperCase(), value: ({ name, key }) => name ?? nameless[key] ?? key },
        { heading: "CALLS", value: ({ calls }) => count(calls), align: "right" },
        { heading: "FAILED", optional: true, value: ({ failed }) => count(failed), align: "right" },
        { heading: "CACHED", optional: true, value: ({ cached }) => count(cached), align: "right" },
        { heading: "TOKENS IN", optional: true, value: (line) => count(line.inputTokens), align: "right" },
        { heading: "TOKENS OUT", optional: true, value: (line) => count(line.outputTokens), align: "right" },
        { heading: "COST", value: ({ costMicros }) => dollars(costMicros), align: "right" },
      ]);
    });
    if (report.nextCursor !== null) {
      session.remark(`There are more: --all, or --cursor ${report.nextCursor}`);
    }
    const { usedMilli, freeMilli } = report.neurons;
    if (usedMilli > 0) {
      const neurons = (milli: number): string => Math.ceil(milli / 1_000).toLocaleString("en");
      session.remark(`Workers AI today: ${neurons(usedMilli)} of ${neurons(freeMilli)} free neurons.`);
    }
  },
});
