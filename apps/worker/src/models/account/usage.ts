/** What was used, by day, agent and model: sums over every call that was ever charged. */
import { removedAgents } from "@orrery/protocol";
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

/** The lines of a report that are wanted: `limit` of them after the one that `cursor` names. */
export interface UsagePage {
  limit: number;
  cursor?: string | undefined;
}

/** A question that has no answer: the field, and what is wrong with it. */
export interface BadQuestion {
  path: "from" | "cursor";
  message: string;
}

/** Some lines in the order of their keys, and the days that they are of. */
export interface UsageLines {
  from: string;
  to: string;
  lines: Line[];
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

export type Line = UsageTotals & { key: string };

/** Where a page of the dearest ends: what the last line on it came to, and its key. */
export const usagePlace = /^(\d{1,16})\.(\d{1,16})\.(.*)$/s;

type Days = Pick<UsageLines, "from" | "to">;

const summed = totalNames.map((name) => `coalesce(sum(${sums[name]}), 0) AS ${name}`).join(", ");
const addingUp = `ON CONFLICT (day, agent_id, model) DO UPDATE SET
  ${columns.map((column) => `${column} = ${column} + excluded.${column}`).join(", ")}`;

/** Which rows a question is about; see {@link bindingsOf}. */
const asked = "day BETWEEN ? AND ? AND (? IS NULL OR agent_id = ?) AND (? IS NULL OR model = ?)";

const bindingsOf = ({ agentId, model }: UsageQuestion, { from, to }: Days): (string | null)[] => [
  from,
  to,
  agentId ?? null,
  agentId ?? null,
  model ?? null,
  model ?? null,
];

/** The days that a question is about, or what is wrong with them. */
export function daysOf(
  { from, to }: UsageQuestion,
  today: string,
): { from: string; to: string } | BadQuestion {
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
       ${addingUp}`,
      day,
      caller.agentId ?? "",
      call.model,
      ...totalNames.map((name) => totals[name]),
    );
  }

  /** Sums up an agent that was removed with all others that were: its own lines are gone, and every sum stays. */
  retire(agentId: string): void {
    this.#sql.exec(
      `INSERT INTO usage (day, agent_id, model, ${columns.join(", ")})
       SELECT day, ?, model, ${columns.join(", ")} FROM usage WHERE agent_id = ?
       ${addingUp}`,
      removedAgents,
      agentId,
    );
    this.#sql.exec(`DELETE FROM usage WHERE agent_id = ?`, agentId);
  }

  /** A report: by day of every day, otherwise a page of it, the dearest first. */
  report(question: UsageQuestion & UsagePage, now: number): UsageReport | BadQuestion {
    const today = dayOf(now);
    const days = daysOf(question, today);
    if ("message" in days) return days;
    const { by } = question;
    const [total = noUsage] = this.#sql
      .exec(`SELECT ${summed} FROM usage WHERE ${asked}`, ...bindingsOf(question, days))
      .toArray()
      .map(totalsOf);
    const page =
      by === "day"
        ? { items: this.#everyDay(question, days), nextCursor: null }
        : this.#dearest(question, days);
    if ("message" in page) return page;
    return {
      by,
      ...days,
      ...page,
      total,
      neurons: { usedMilli: this.#milliNeuronsOf(today), freeMilli: freeMilliNeurons },
    };
  }

  /**
   * At most `limit` lines with keys after `after`, in the order of keys, which is the same however much is booked
   * between two pages.
   */
  lines(
    question: UsageQuestion & { after: string | null; limit: number },
    now: number,
  ): UsageLines | BadQuestion {
    const days = daysOf(question, dayOf(now));
    if ("message" in days) return days;
    const { by, after, limit } = question;
    const lines = this.#sql
      .exec(
        // There may be hundreds of thousands of agents: their index has them in order, and only these are looked at.
        `SELECT ${keys[by]} AS key, ${summed} FROM usage ${by === "agent" ? "INDEXED BY usage_by_agent" : ""}
         WHERE ${asked} ${after === null ? "" : `AND ${keys[by]} > ?`} GROUP BY key ORDER BY key LIMIT ?`,
        ...bindingsOf(question, days),
        ...(after === null ? [] : [after]),
        limit,
      )
      .toArray()
      .map(lineOf);
    return { ...days, lines };
  }

  #everyDay(question: UsageQuestion, days: Days): Line[] {
    const known = new Map(
      this.#sql
        .exec(
          `SELECT day AS key, ${summed} FROM usage WHERE ${asked} GROUP BY key`,
          ...bindingsOf(question, days),
        )
        .toArray()
        .map(lineOf)
        .map((line) => [line.key, line]),
    );
    return Array.from({ length: daysBetween(days.from, days.to) }, (_, index) => {
      const key = dayAfter(days.from, index);
      return known.get(key) ?? { key, ...noUsage };
    });
  }

  /** What is booked between two pages may move a line from one to the other. */
  #dearest(
    question: UsageQuestion & UsagePage,
    days: Days,
  ): { items: Line[]; nextCursor: string | null } | BadQuestion {
    const { by, limit, cursor } = question;
    const after = cursor === undefined ? null : usagePlace.exec(cursor);
    if (cursor !== undefined && after === null) {
      return { path: "cursor", message: "expected the nextCursor of a page" };
    }
    const [, micros = null, calls = null, key = null] = after ?? [];
    const rows = this.#sql
      .exec(
        `SELECT * FROM (SELECT ${keys[by]} AS key, ${summed} FROM usage WHERE ${asked} GROUP BY key)
         WHERE ? IS NULL OR (-costMicros, -calls, key) > (-CAST(? AS INTEGER), -CAST(? AS INTEGER), ?)
         ORDER BY costMicros DESC, calls DESC, key LIMIT ?`,
        ...bindingsOf(question, days),
        micros,
        micros,
        calls,
        key,
        limit + 1,
      )
      .toArray()
      .map(lineOf);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const more = rows.length > limit && last !== undefined;
    return { items, nextCursor: more ? `${last.costMicros}.${last.calls}.${last.key}` : null };
  }

  #milliNeuronsOf(day: string): number {
    const [row] = this.#sql
      .exec(`SELECT coalesce(sum(milli_neurons), 0) AS used FROM usage WHERE day = ?`, day)
      .toArray();
    return Number(row?.["used"]);
  }
}

const totalsOf = (row: Record<string, unknown>): UsageTotals => ({
  calls: Number(row["calls"]),
  failed: Number(row["failed"]),
  cached: Number(row["cached"]),
  inputTokens: Number(row["inputTokens"]),
  outputTokens: Number(row["outputTokens"]),
  images: Number(row["images"]),
  costMicros: Number(row["costMicros"]),
  directMicros: Number(row["directMicros"]),
  milliNeurons: Number(row["milliNeurons"]),
});

const lineOf = (row: Record<string, unknown>): Line => ({ key: String(row["key"]), ...totalsOf(row) });
