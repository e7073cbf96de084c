/** What both sides made of the same tasks, while ours is not heard. */
import { type FuseAgent, type Page, type ShadowDifference, timestamp } from "@orrery/protocol";
import type { ShadowResult } from "../contract.ts";
import { isSame, similarityOf } from "./similarity.ts";
import type { Sql } from "./store.ts";

/** Comparisons that are kept of each agent. */
const keptDifferences = 500;
/** Results of each agent that may wait for their counterpart; beyond it the oldest are let go. */
const waitingLimit = 1_000;
/** Milliseconds that a result waits for its counterpart. */
const waitingMs = 15 * 60_000;
/** Characters of a result that wait and are compared. */
export const comparedLength = 20_000;
/** Of them, those that are shown. */
const previewLength = 500;

/** One side's result on its way to the other's. */
interface Side {
  readonly text: string;
  readonly failed: boolean;
  readonly latencyMs: number | null;
  readonly costMicros: number;
}

type Counts = FuseAgent["shadow"];

export class ShadowBook {
  readonly #sql: Sql;
  readonly #now: () => number;
  /** Medians are asked for with each card and change with each comparison. */
  readonly #counts = new Map<string, Counts>();

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  /** What the existing agent made of a task that it was given at `askedAt`. */
  theirs(
    agent: string,
    taskId: string,
    result: { text: string; failed: boolean; receivedAt: number; askedAt: number },
  ): void {
    this.#note(agent, taskId, "legacy", {
      text: result.text.slice(0, comparedLength),
      failed: result.failed,
      latencyMs: Math.max(0, result.receivedAt - result.askedAt),
      costMicros: 0,
    });
  }

  /** What ours made of it. A text that is not to be seen is not compared, only paid for. */
  ours(agent: string, { taskId, outcome, text, latencyMs, costMicros }: ShadowResult): void {
    this.#count(agent, "cost_micros", costMicros);
    if (text === null) return;
    this.#note(agent, taskId, "orrery", {
      text: text.slice(0, comparedLength),
      failed: outcome === "failed",
      latencyMs,
      costMicros,
    });
  }

  differences(agent: string, query: { limit: number; cursor?: string | undefined }): Page<ShadowDifference> {
    const before = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(query.cursor);
    const rows = this.#sql
      .exec(
        `SELECT seq, difference FROM ownership_differences WHERE agent = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
        agent,
        before,
        query.limit + 1,
      )
      .toArray();
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    return {
      items: page.map((row) => JSON.parse(String(row["difference"])) as ShadowDifference),
      nextCursor: rows.length > query.limit && last !== undefined ? String(last["seq"]) : null,
    };
  }

  counts(agent: string): Counts {
    const known = this.#counts.get(agent);
    if (known !== undefined) return known;
    const [row] = this.#sql.exec(`SELECT * FROM ownership_counts WHERE agent = ?`, agent).toArray();
    const kept = this.#sql
      .exec(
        `SELECT json_extract(difference, '$.legacy.latencyMs') AS legacy,
                json_extract(difference, '$.orrery.latencyMs') AS orrery
         FROM ownership_differences WHERE agent = ?`,
        agent,
      )
      .toArray();
    const counts = {
      compared: Number(row?.["compared"] ?? 0),
      different: Number(row?.["different"] ?? 0),
      legacyMs: medianOf(kept.flatMap(({ legacy }) => (legacy === null ? [] : [Number(legacy)]))),
      orreryMs: medianOf(kept.map(({ orrery }) => Number(orrery))),
      costMicros: Number(row?.["cost_micros"] ?? 0),
    };
    this.#counts.set(agent, counts);
    return counts;
  }

  forget(agent: string): void {
    this.#counts.delete(agent);
  }

  /** Lets results go whose counterpart did not come in time, or of which too many wait. */
  tidy(): void {
    const late = this.#sql
      .exec(`DELETE FROM ownership_shadows WHERE at < ? RETURNING agent`, this.#now() - waitingMs)
      .toArray();
    const many = this.#sql
      .exec(
        `DELETE FROM ownership_shadows WHERE (agent, task) IN (SELECT agent, task FROM
           (SELECT agent, task, row_number() OVER (PARTITION BY agent ORDER BY at DESC) AS place
            FROM ownership_shadows) WHERE place > ?)
         RETURNING agent`,
        waitingLimit,
      )
      .toArray();
    for (const { agent } of [...late, ...many]) this.#count(String(agent), "unmatched", 1);
  }

  #note(agent: string, taskId: string, column: "legacy" | "orrery", side: Side): void {
    const [row] = this.#sql
      .exec(
        `INSERT INTO ownership_shadows (agent, task, at, ${column}) VALUES (?, ?, ?, ?)
         ON CONFLICT (agent, task) DO UPDATE SET ${column} = coalesce(${column}, excluded.${column})
         RETURNING legacy, orrery`,
        agent,
        taskId,
        this.#now(),
        JSON.stringify(side),
      )
      .toArray();
    const legacy = row?.["legacy"];
    const orrery = row?.["orrery"];
    if (typeof legacy === "string" && typeof orrery === "string") {
      this.#compare(agent, taskId, JSON.parse(legacy) as Side, JSON.parse(orrery) as Side);
    }
  }

  #compare(agent: string, taskId: string, legacy: Side, orrery: Side): void {
    const same = legacy.failed === orrery.failed && isSame(legacy.text, orrery.text);
    const difference: ShadowDifference = {
      taskId,
      same,
      similarity: legacy.failed === orrery.failed ? similarityOf(legacy.text, orrery.text) : 0,
      legacy: { preview: legacy.text.slice(0, previewLength), latencyMs: legacy.latencyMs },
      orrery: {
        preview: orrery.text.slice(0, previewLength),
        latencyMs: orrery.latencyMs ?? 0,
        costMicros: orrery.costMicros,
      },
      at: timestamp(this.#now()),
    };
    this.#sql.exec(`DELETE FROM ownership_shadows WHERE agent = ? AND task = ?`, agent, taskId);
    this.#sql.exec(
      `INSERT INTO ownership_differences (agent, task, difference) VALUES (?, ?, ?)`,
      agent,
      taskId,
      JSON.stringify(difference),
    );
    this.#sql.exec(
      `DELETE FROM ownership_differences WHERE agent = ?1 AND seq <=
         (SELECT seq FROM ownership_differences WHERE agent = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
      agent,
      keptDifferences,
    );
    this.#count(agent, "compared", 1);
    if (!same) this.#count(agent, "different", 1);
  }

  #count(agent: string, column: "compared" | "different" | "unmatched" | "cost_micros", by: number): void {
    this.#counts.delete(agent);
    this.#sql.exec(
      `INSERT INTO ownership_counts (agent, ${column}) VALUES (?1, ?2)
       ON CONFLICT (agent) DO UPDATE SET ${column} = ${column} + ?2`,
      agent,
      by,
    );
  }
}

function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
