/** What was used, by day, agent and model: sums over every call that was ever charged. */
import type { UsageBy, UsageReport, UsageTotals } from "@orrery/protocol";
import type { Charge } from "./contract.ts";
import { dayAfter, dayOf, daysBetween } from "./days.ts";
import type { Sql } from "./store.ts";

/** https://developers.cloudflare.com/workers-ai/platform/pricing/: 10,000 neurons a day are free. */
const freeMilliNeurons = 10_000_000;
const defaultDays = 30;
const mostDays = 366;

export interface UsageQuestion {
  by: UsageBy;
  /** UTC days, both included; the last 30 where not given. */
  from?: string | undefined;
  to?: string | undefined;
  agentId?: string | undefined;
  model?: string | undefined;
}

/** A question that has no answer: the field, and what is wrong with it. */
export interface BadRange {
  path: "from";
  message: string;
}

/** The columns that are summed, as they are called outside. */
const sums = {
  calls: "calls",
  failed: "failed",
  cached: "cached",
  inputTokens: "input_tokens",
  outputTokens: "output_tokens",
  images: "images",
  costMicros: "cost_micros",
  directMicros: "direct_micros",
  milliNeurons: "milli_neurons",
} as const satisfies Record<keyof UsageTotals, string>;

export const totalNames = Object.keys(sums) as (keyof UsageTotals)[];
const columns = Object.values(sums);
const keys: Record<UsageBy, string> = { agent: "agent_id", model: "model", day: "day" };

const noUsage: UsageTotals = {
  calls: 0,
  failed: 0,
  cached: 0,
  inputTokens: 0,
  outputTokens: 0,
  images: 0,
  costMicros: 0,
  directMicros: 0,
  milliNeurons: 0,
};

type Line = UsageTotals & { key: string };

/** The days that a question is about, or what is wrong with them. */
export function daysOf({ from, to }: UsageQuestion, today: string): { from: string; to: string } | BadRange {
  const last = to ?? today;
  const first = from ?? dayAfter(last, 1 - defaultDays);
  const days = daysBetween(first, last);
  if (days < 1) return { path: "from", message: `${first} comes after ${last}, the last day asked for` };
  if (days > mostDays) return { path: "from", message: `at most ${mostDays} days at once` };
  return { from: first, to: last };
}

export class UsageBook {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Adds a call that has just been charged for the first time. */
  add({ call, caller }: Charge, day: string): void {
    const totals: UsageTotals = {
      calls: 1,
      failed: call.outcome === "failed" ? 1 : 0,
      cached: call.outcome === "cached" ? 1 : 0,
      inputTokens: call.inputTokens,
      outputTokens: call.outputTokens,
      images: call.images ?? 0,
      costMicros: call.costMicros,
      directMicros: caller.executionId === undefined ? call.costMicros : 0,
      milliNeurons: call.milliNeurons ?? 0,
    };
    this.#sql.exec(
      `INSERT INTO usage (day, agent_id, model, ${columns.join(", ")})
       VALUES (?, ?, ?, ${columns.map(() => "?").join(", ")})
       ON CONFLICT (day, agent_id, model) DO UPDATE SET
         ${columns.map((column) => `${column} = ${column} + excluded.${column}`).join(", ")}`,
      day,
      caller.agentId ?? "",
      call.model,
      ...totalNames.map((name) => totals[name]),
    );
  }

  report(question: UsageQuestion, now: number): UsageReport | BadRange {
    const today = dayOf(now);
    const days = daysOf(question, today);
    if ("message" in days) return days;
    const { by, agentId = null, model = null } = question;
    const lines = this.#sql
      .exec(
        `SELECT ${keys[by]} AS key, ${totalNames.map((name) => `sum(${sums[name]}) AS ${name}`).join(", ")}
         FROM usage WHERE day BETWEEN ? AND ? AND (? IS NULL OR agent_id = ?) AND (? IS NULL OR model = ?)
         GROUP BY key ORDER BY costMicros DESC, calls DESC, key`,
        days.from,
        days.to,
        agentId,
        agentId,
        model,
        model,
      )
      .toArray()
      .map(lineOf);
    return {
      by,
      ...days,
      items: by === "day" ? everyDay(lines, days) : lines,
      total: lines.reduce(sumOf, noUsage),
      neurons: { usedMilli: this.#milliNeuronsOf(today), freeMilli: freeMilliNeurons },
    };
  }

  #milliNeuronsOf(day: string): number {
    const [row] = this.#sql
      .exec(`SELECT coalesce(sum(milli_neurons), 0) AS used FROM usage WHERE day = ?`, day)
      .toArray();
    return Number(row?.["used"]);
  }
}

const totalsFrom = (value: (name: keyof UsageTotals) => number): UsageTotals => ({
  calls: value("calls"),
  failed: value("failed"),
  cached: value("cached"),
  inputTokens: value("inputTokens"),
  outputTokens: value("outputTokens"),
  images: value("images"),
  costMicros: value("costMicros"),
  directMicros: value("directMicros"),
  milliNeurons: value("milliNeurons"),
});

const lineOf = (row: Record<string, unknown>): Line => ({
  key: String(row["key"]),
  ...totalsFrom((name) => Number(row[name])),
});

const sumOf = (one: UsageTotals, other: UsageTotals): UsageTotals =>
  totalsFrom((name) => one[name] + other[name]);

function everyDay(lines: readonly Line[], { from, to }: { from: string; to: string }): Line[] {
  const known = new Map(lines.map((line) => [line.key, line]));
  return Array.from({ length: daysBetween(from, to) }, (_, index) => {
    const key = dayAfter(from, index);
    return known.get(key) ?? { key, ...noUsage };
  });
}
