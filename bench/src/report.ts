import type { Measured, Metric } from "./measures/contract.ts";
import type { Server } from "./servers.ts";

/** What a metric should come to: against `AIChatAgent` in the same run, or by itself. */
type Target =
  | { ratio: number; better: "lower" | "higher" }
  | { value: number; better: "lower" | "higher" }
  | null;

interface Row {
  metric: Metric;
  title: string;
  target: Target;
}

const lower = (ratio: number): Target => ({ ratio, better: "lower" });
const higher = (ratio: number): Target => ({ ratio, better: "higher" });

const rows: readonly Row[] = [
  { metric: "overhead-p50", title: "overhead a turn, p50, ms", target: lower(0.25) },
  { metric: "overhead-p95", title: "overhead a turn, p95, ms", target: lower(0.35) },
  { metric: "first-token-p50", title: "added time to first token, p50, ms", target: lower(0.45) },
  { metric: "turns-per-second", title: "turns a second, 16 agents at once", target: higher(5) },
  { metric: "processor-per-turn", title: "processor time a turn, then, ms", target: null },
  { metric: "ms-per-token", title: "each further token, ms", target: lower(0.2) },
  { metric: "overhead-early", title: "overhead of turns 2 to 11, ms", target: null },
  { metric: "overhead-middle", title: "overhead a quarter in, ms", target: null },
  { metric: "overhead-late", title: "overhead at the end, ms", target: null },
  { metric: "growth", title: "end against beginning", target: { value: 1.1, better: "lower" } },
  { metric: "memory-empty", title: "memory after one agent spoke, MB", target: null },
  { metric: "memory-spoken", title: "memory once the fleet has spoken, MB", target: lower(1.1) },
  { metric: "memory-rested", title: "memory after a minute of rest, MB", target: lower(0.5) },
  { metric: "agents-per-second", title: "new agents a second, first turn included", target: higher(3) },
  { metric: "disk-per-agent", title: "disk an agent, KB", target: lower(0.25) },
  { metric: "cold-start", title: "cold start to the first finished turn, s", target: null },
  { metric: "worker-gzip", title: "worker, gzipped, KB", target: { value: 3 * 1024, better: "lower" } },
  { metric: "route-10", title: "choosing among 10 models, µs", target: null },
  { metric: "route-1000", title: "choosing among 1,000 models, µs", target: null },
  { metric: "route-growth", title: "1,000 models against 10", target: { value: 1.2, better: "lower" } },
  {
    metric: "cheap-spend",
    title: "auto:cheap's spend against always-best",
    target: { value: 0.5, better: "lower" },
  },
  { metric: "cheap-spend-harsher", title: "the same, were cheap models weaker", target: null },
  {
    metric: "cheap-missed",
    title: "checks that only always-best passes",
    target: { value: 0, better: "lower" },
  },
  {
    metric: "gateway-p50",
    title: "gateway, added to a call at 500/s, p50, ms",
    target: { value: 1, better: "lower" },
  },
  { metric: "gateway-p95", title: "the same, p95, ms", target: { value: 8, better: "lower" } },
  { metric: "gateway-processor", title: "processor time added to a call, ms", target: null },
  { metric: "gateway-settling", title: "booking a call asked directly, ms", target: null },
  {
    metric: "cache-remembered",
    title: "exact hit in memory, times faster than 20 ms",
    target: { value: 20, better: "higher" },
  },
  {
    metric: "cache-stored",
    title: "exact hit on disk, times faster than 20 ms",
    target: { value: 20, better: "higher" },
  },
  {
    metric: "fuse-tasks-per-second",
    title: "tasks a second through Redis, 16 agents",
    target: { value: 300, better: "higher" },
  },
  { metric: "fuse-processor", title: "processor time a task, then, ms", target: null },
  { metric: "fuse-http-per-second", title: "the same with a model over HTTP", target: null },
  { metric: "fuse-plain-per-second", title: "that by a plain worker on ioredis", target: null },
  {
    metric: "fuse-added-pubsub",
    title: "publish to result, over a direct execution, p50, ms",
    target: { value: 10, better: "lower" },
  },
  {
    metric: "fuse-added-streams",
    title: "the same by streams, ms",
    target: { value: 10, better: "lower" },
  },
  { metric: "fuse-signing", title: "signing a message, processor time, ms", target: null },
  { metric: "fuse-encrypting", title: "encrypting a message, processor time, ms", target: null },
  { metric: "fuse-drain-per-second", title: "queued tasks drained a second", target: null },
  {
    metric: "fuse-drain-memory",
    title: "memory at their end against their beginning",
    target: { value: 1.15, better: "lower" },
  },
  { metric: "fuse-idle", title: "an idle bridge of 16 agents, % of a core", target: null },
];

export interface ReportRow {
  metric: Metric;
  title: string;
  values: Partial<Record<Server, number>>;
  /** Ours over `AIChatAgent`'s. */
  ratio: number | null;
  target: string;
  /** Null where there is no target, or nothing to hold it against. */
  met: boolean | null;
}

const format = (value: number | undefined | null): string => {
  if (value === undefined || value === null) return "";
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
};

function judge(row: Row, own: number | undefined, ratio: number | null): boolean | null {
  if (row.target === null) return null;
  const [found, wanted] = "value" in row.target ? [own ?? null, row.target.value] : [ratio, row.target.ratio];
  if (found === null) return null;
  return row.target.better === "lower" ? found <= wanted : found >= wanted;
}

function describe(target: Target): string {
  if (target === null) return "";
  const sign = target.better === "lower" ? "≤" : "≥";
  return "value" in target ? `${sign} ${format(target.value)}` : `${sign} ${target.ratio}×`;
}

/** What was measured, a row a metric, with ratios and verdicts. */
export function makeReport(measured: readonly Measured[]): ReportRow[] {
  return rows.flatMap((row) => {
    const found = measured.filter(({ metric }) => metric === row.metric);
    if (found.length === 0) return [];
    const values = Object.fromEntries(
      found.map(({ server, value }) => [server, value]),
    ) as ReportRow["values"];
    const { orrery: own, "ai-chat-agent": peer } = values;
    const ratio = own !== undefined && peer !== undefined ? own / peer : null;
    return [
      {
        metric: row.metric,
        title: row.title,
        values,
        ratio,
        target: describe(row.target),
        met: judge(row, own, ratio),
      },
    ];
  });
}

/** The report as a table for a terminal. */
export function renderReport(report: readonly ReportRow[], servers: readonly Server[]): string {
  const verdict = (met: boolean | null): string => (met === null ? "" : met ? "ok" : "NOT MET");
  const cells = [
    ["", ...servers, "ratio", "target", ""],
    ...report.map((row) => [
      row.title,
      ...servers.map((server) => format(row.values[server])),
      row.ratio === null ? "" : `${format(row.ratio)}×`,
      row.target,
      verdict(row.met),
    ]),
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
