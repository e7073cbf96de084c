/** Which side each task belongs to: said once, when it is first asked, and kept while the task may come again. */
import type { Member, Side } from "../contract.ts";
import { isOurShare } from "./share.ts";
import type { Sql } from "./store.ts";

/** Milliseconds for which a decision is kept; a task that comes again after is a new one. */
const keptFor = 24 * 3_600_000;
/** Decisions that one call of {@link Decisions.tidy} forgets: it stands in the way of messages. */
const tidied = 5_000;

export interface Decision {
  readonly agent: string;
  readonly side: Side;
  /** When it was made; epoch milliseconds. */
  readonly at: number;
  readonly answered: boolean;
}

/** What holds for a task that was never asked about. */
export function sideOf(member: Member, taskId: string): Side {
  const theirs: Side = member.legacyChannels === "private" ? "forward" : "theirs";
  switch (member.mode) {
    case "legacy":
      return theirs;
    case "shadow":
      return "shadow";
    case "canary":
      return isOurShare(taskId, member.canaryPercent) ? "ours" : theirs;
    case "orrery":
      return "ours";
  }
}

export class Decisions {
  readonly #sql: Sql;
  readonly #now: () => number;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  decide(member: Member, taskId: string, entry: string | null): Side {
    const known = this.find(member.id, taskId);
    if (known !== undefined) return known.side;
    const side = sideOf(member, taskId);
    this.#sql.exec(
      `INSERT INTO ownership_decisions (task, agent, side, at, entry) VALUES (?, ?, ?, ?, ?)`,
      taskId,
      member.id,
      side,
      this.#now(),
      side === "ours" ? entry : null,
    );
    return side;
  }

  /** Tasks in the shared stream that are or were ours, with their entries, the oldest first. */
  entries(agent: string): { task: string; entry: string }[] {
    return this.#sql
      .exec(
        `SELECT task, entry FROM ownership_decisions WHERE agent = ? AND entry IS NOT NULL ORDER BY seq`,
        agent,
      )
      .toArray()
      .map(({ task, entry }) => ({ task: String(task), entry: String(entry) }));
  }

  /** The stream has these tasks no more. */
  forgetEntries(agent: string, tasks: readonly string[]): void {
    this.#sql.exec(
      `UPDATE ownership_decisions SET entry = NULL
       WHERE agent = ? AND task IN (SELECT value FROM json_each(?))`,
      agent,
      JSON.stringify(tasks),
    );
  }

  find(agent: string, taskId: string): Decision | undefined {
    const [row] = this.#sql
      .exec(
        `SELECT agent, side, at, answered_at FROM ownership_decisions WHERE task = ? AND agent = ?`,
        taskId,
        agent,
      )
      .toArray();
    return row && decisionOf(row);
  }

  /** All agents for which a task was decided. */
  of(taskId: string): Decision[] {
    return this.#sql
      .exec(
        `SELECT agent, side, at, answered_at FROM ownership_decisions WHERE task = ? ORDER BY seq`,
        taskId,
      )
      .toArray()
      .map(decisionOf);
  }

  /** A task that was ours is the existing agent's from now on. */
  giveAway(member: Member, taskId: string): void {
    const side: Side = member.legacyChannels === "private" ? "forward" : "theirs";
    this.#sql.exec(
      `INSERT INTO ownership_decisions (task, agent, side, at) VALUES (?, ?, ?, ?)
       ON CONFLICT (task, agent) DO UPDATE SET side = excluded.side`,
      taskId,
      member.id,
      side,
      this.#now(),
    );
  }

  /** The existing agent's result came. Says whether it is the first. */
  answered(agent: string, taskId: string): boolean {
    const rows = this.#sql
      .exec(
        `UPDATE ownership_decisions SET answered_at = ? WHERE task = ? AND agent = ? AND answered_at IS NULL
         RETURNING seq`,
        this.#now(),
        taskId,
        agent,
      )
      .toArray();
    return rows.length > 0;
  }

  /** Forgets the oldest of what is old enough. */
  tidy(): void {
    this.#sql.exec(
      `DELETE FROM ownership_decisions WHERE seq IN
         (SELECT seq FROM ownership_decisions ORDER BY seq LIMIT ?) AND at < ?`,
      tidied,
      this.#now() - keptFor,
    );
  }
}

const decisionOf = (row: Record<string, SqlStorageValue>): Decision => ({
  agent: String(row["agent"]),
  side: row["side"] as Side, // written by this class alone
  at: Number(row["at"]),
  answered: row["answered_at"] !== null,
});
