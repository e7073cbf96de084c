/** Which side each task belongs to: said once, when it is first asked, and kept while the task may come again. */
import type { Member, Side } from "../contract.ts";
import { isOurShare } from "./share.ts";
import type { Sql } from "./store.ts";

/** Milliseconds for which a decision is kept; a task that comes again after is a new one. */
const keptFor = 24 * 3_600_000;
/** Decisions that one call looks at for those that are old: it stands in the way of messages. */
const lookedAt = 5_000;

export interface Decision {
  readonly agent: string;
  readonly side: Side;
  /** When it was made; epoch milliseconds. */
  readonly at: number;
  readonly answered: boolean;
  /** To whom it was given away; null where it was not. */
  readonly movedTo: string | null;
}

/** A task in the shared stream, with its entry there. */
export interface StreamedTask {
  readonly task: string;
  readonly entry: string;
}

const columns = "agent, side, at, answered_at, moved_to";

const theirSide = ({ legacyChannels }: Pick<Member, "legacyChannels">): Side =>
  legacyChannels === "private" ? "forward" : "theirs";

/** What holds for a task that was never asked about. */
export function sideOf(member: Member, taskId: string): Side {
  const theirs = theirSide(member);
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

/** In `accepted`: ours until it was given up before anybody knew whether the agent has it. */
const givenUp = -1;

export class Decisions {
  readonly #sql: Sql;
  readonly #now: () => number;
  /** The decision up to which {@link tidy} has looked. */
  #tidied = 0;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  /** A task that was given away to its `source` comes back by it; any other is decided once. */
  decide(member: Member, taskId: string, entry: string | null, source: string | null): Side {
    const known = this.find(member.id, taskId);
    if (known !== undefined) {
      return known.movedTo !== null && known.movedTo === source ? this.receive(member, taskId) : known.side;
    }
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

  /** The agent has these: their entries are of no use to anybody else. */
  taken(agent: string, tasks: readonly { taskId: string; heard: boolean }[]): void {
    for (const heard of [true, false]) {
      const ids = tasks.filter((task) => task.heard === heard).map(({ taskId }) => taskId);
      if (ids.length === 0) continue;
      this.#sql.exec(
        `UPDATE ownership_decisions SET side = 'ours', accepted = ?
         WHERE task IN (SELECT value FROM json_each(?)) AND agent = ? AND side IN ('ours', 'theirs', 'forward')`,
        heard ? 1 : 2,
        JSON.stringify(ids),
        agent,
      );
    }
  }

  /** What {@link giveUp} gave up and the agent may yet have: a word that it took them over may have been lost. */
  givenUp(agent: string, limit: number): string[] {
    return this.#sql
      .exec(
        `SELECT task FROM ownership_decisions WHERE agent = ? AND accepted = ${givenUp} ORDER BY seq LIMIT ?`,
        agent,
        limit,
      )
      .toArray()
      .map(({ task }) => String(task));
  }

  /** The agent never had these. */
  neverTaken(agent: string, taskIds: readonly string[]): void {
    this.#sql.exec(
      `UPDATE ownership_decisions SET accepted = 0
       WHERE task IN (SELECT value FROM json_each(?)) AND agent = ? AND accepted = ${givenUp}`,
      JSON.stringify(taskIds),
      agent,
    );
  }

  /** Tasks in the shared stream that the agent has, or had, with their entries, the oldest first; all, or some of `only`. */
  entries(agent: string, only: readonly string[] | null = null): StreamedTask[] {
    return this.#sql
      .exec(
        `SELECT task, entry FROM ownership_decisions
         WHERE agent = ?1 AND entry IS NOT NULL AND accepted > 0
           AND (?2 IS NULL OR task IN (SELECT value FROM json_each(?2)))
         ORDER BY seq`,
        agent,
        only && JSON.stringify(only),
      )
      .toArray()
      .map(streamedTaskOf);
  }

  /** Tasks as {@link entries} has them, of any agent, that {@link tidy} keeps for their entries alone: some, after `after`. */
  oldEntries(after: number): (StreamedTask & { readonly seq: number; readonly agent: string })[] {
    return this.#sql
      .exec(
        `SELECT * FROM (SELECT * FROM ownership_decisions WHERE seq > ? ORDER BY seq LIMIT ?)
         WHERE at < ? AND entry IS NOT NULL AND accepted > 0`,
        after,
        lookedAt,
        this.#now() - keptFor,
      )
      .toArray()
      .map((row) => ({ ...streamedTaskOf(row), seq: Number(row["seq"]), agent: String(row["agent"]) }));
  }

  /** The stream has these tasks no more, or will not once they are handed back. */
  forgetEntries(agent: string, tasks: readonly string[]): void {
    this.#sql.exec(
      `UPDATE ownership_decisions SET entry = NULL
       WHERE agent = ? AND task IN (SELECT value FROM json_each(?))`,
      agent,
      JSON.stringify(tasks),
    );
  }

  /** What was ours and the agent never took over is the existing agent's. */
  giveUp(member: Member): void {
    this.#sql.exec(
      `UPDATE ownership_decisions SET side = ?, accepted = ${givenUp}
       WHERE agent = ? AND side = 'ours' AND accepted = 0`,
      theirSide(member),
      member.id,
    );
  }

  /** An acknowledgment came back fenced. */
  noteLate(agent: string, taskId: string): void {
    this.#sql.exec(`INSERT OR IGNORE INTO ownership_late (agent, task) VALUES (?, ?)`, agent, taskId);
  }

  /** Nobody else had the lease, whatever was kept from Redis meanwhile. */
  forgetLate(agent: string): void {
    this.#sql.exec(`DELETE FROM ownership_late WHERE agent = ?`, agent);
  }

  /**
   * The lease was found to be another's, and was ours for certain at `heldAt`: what came after it was lost is known to
   * who has it from the shared channel. That is what was acknowledged and fenced; where nothing is acknowledged, what
   * came after `heldAt`, and nothing where that is not known.
   */
  leaveLate(agent: string, heldAt: number | null): void {
    this.#sql.exec(
      `UPDATE ownership_decisions SET side = 'theirs', accepted = 0, late = 1
       WHERE agent = ?1 AND side = 'ours'
         AND (task IN (SELECT task FROM ownership_late WHERE agent = ?1) OR (accepted = 2 AND at >= ?2))`,
      agent,
      heldAt ?? Number.MAX_SAFE_INTEGER,
    );
    this.forgetLate(agent);
  }

  /** Of these tasks, those that {@link leaveLate} left. */
  late(agent: string, taskIds: readonly string[]): Set<string> {
    const rows = this.#sql
      .exec(
        `SELECT task FROM ownership_decisions
         WHERE task IN (SELECT value FROM json_each(?)) AND agent = ? AND late = 1`,
        JSON.stringify(taskIds),
        agent,
      )
      .toArray();
    return new Set(rows.map(({ task }) => String(task)));
  }

  /** Ours answers from now on: what the existing agent was given and did not answer may be asked again. */
  takeOver(agent: string): void {
    this.#sql.exec(
      `DELETE FROM ownership_decisions
       WHERE agent = ? AND side IN ('theirs', 'forward') AND answered_at IS NULL`,
      agent,
    );
  }

  find(agent: string, taskId: string): Decision | undefined {
    const [row] = this.#sql
      .exec(`SELECT ${columns} FROM ownership_decisions WHERE task = ? AND agent = ?`, taskId, agent)
      .toArray();
    return row && decisionOf(row);
  }

  /** All agents for which a task was decided. */
  of(taskId: string): Decision[] {
    return this.#sql
      .exec(`SELECT ${columns} FROM ownership_decisions WHERE task = ? ORDER BY seq`, taskId)
      .toArray()
      .map(decisionOf);
  }

  /** A task that was ours is the existing agent's from now on. */
  giveAway(member: Member, taskId: string): void {
    this.#set(member.id, taskId, theirSide(member));
  }

  /** A task that was ours is another agent's. */
  move(agent: string, taskId: string, to: string): void {
    this.#set(agent, taskId, "moved", to);
  }

  /** Decides anew for a task that comes from another agent. */
  receive(member: Member, taskId: string): Side {
    const side = sideOf(member, taskId);
    this.#set(member.id, taskId, side);
    return side;
  }

  #set(agent: string, taskId: string, side: Side, to: string | null = null): void {
    this.#sql.exec(
      `INSERT INTO ownership_decisions (task, agent, side, at, moved_to) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (task, agent) DO UPDATE SET side = excluded.side, moved_to = excluded.moved_to`,
      taskId,
      agent,
      side,
      this.#now(),
      to,
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

  /**
   * Forgets some of what is old enough, but nothing that would have to be removed from the stream; asked again, the next
   * ones. Where it comes to what is not old yet, or to the end, it begins anew.
   */
  tidy(): void {
    const before = this.#now() - keptFor;
    const [page] = this.#sql
      .exec(
        `SELECT count(*) AS rows, max(seq) AS last, max(at) AS newest
         FROM (SELECT seq, at FROM ownership_decisions WHERE seq > ? ORDER BY seq LIMIT ?)`,
        this.#tidied,
        lookedAt,
      )
      .toArray();
    const last = Number(page?.["last"] ?? 0);
    const isWhole = page?.["rows"] === lookedAt;
    this.#sql.exec(
      `DELETE FROM ownership_decisions
       WHERE seq > ? AND seq <= ? AND at < ? AND (entry IS NULL OR accepted = 0)`,
      this.#tidied,
      last,
      before,
    );
    this.#tidied = isWhole && Number(page["newest"]) < before ? last : 0;
  }
}

const streamedTaskOf = (row: Record<string, SqlStorageValue>): StreamedTask => ({
  task: String(row["task"]),
  entry: String(row["entry"]),
});

const decisionOf = (row: Record<string, SqlStorageValue>): Decision => ({
  agent: String(row["agent"]),
  side: row["side"] as Side, // written by this class alone
  at: Number(row["at"]),
  answered: row["answered_at"] !== null,
  movedTo: typeof row["moved_to"] === "string" ? row["moved_to"] : null,
});
