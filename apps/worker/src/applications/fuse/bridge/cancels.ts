/**
 * Cancellations that came before their task: over streams both are read together, and what coordinates comes first. Kept
 * for some minutes, and applied when the task is taken over. So are those of tasks that are on their way to another agent.
 */
import { log } from "../../../observability/index.ts";
import type { TaskDelivery } from "../contract.ts";
import type { Roll } from "./roll.ts";

/** Milliseconds for which a cancellation waits for its task, and how many wait: of those of others there are many. */
const waitMs = 10 * 60_000;
const most = 10_000;

export interface CancelsHost {
  readonly sql: SqlStorage;
  readonly roll: Pick<Roll, "stub">;
  /** Whether a task is on its way from one agent to another, however long that takes. */
  isUnderWay(taskId: string): boolean;
  now(): number;
}

export class Cancels {
  readonly #host: CancelsHost;
  /** As they are on disk: asked for with each task. By the task's id, whose word it is; null where anybody's. */
  readonly #waiting: Map<string, string | null>;

  constructor(host: CancelsHost) {
    this.#host = host;
    host.sql.exec(`
      CREATE TABLE IF NOT EXISTS fuse_cancels (
        task_id TEXT PRIMARY KEY,
        -- Whose task alone it may be.
        source TEXT,
        at INTEGER NOT NULL
      ) WITHOUT ROWID`);
    this.#waiting = new Map(
      host.sql
        .exec(`SELECT task_id, source FROM fuse_cancels ORDER BY at`)
        .toArray()
        .map((row) => [String(row["task_id"]), typeof row["source"] === "string" ? row["source"] : null]),
    );
  }

  /** Keeps a cancellation of a task that is not here; where `by` is given, of a task of theirs alone. */
  keep(taskId: string, by: string | null): void {
    this.#host.sql.exec(
      `INSERT OR REPLACE INTO fuse_cancels (task_id, source, at) VALUES (?, ?, ?)`,
      taskId,
      by,
      this.#host.now(),
    );
    this.#waiting.set(taskId, by);
    if (this.#waiting.size > most) this.#forget([...this.#waiting.keys()].slice(0, most / 10));
  }

  /** Cancels what an agent just took over, or up again, and was cancelled before. What fails is cancelled when the task comes again. */
  async apply(tasks: readonly Pick<TaskDelivery, "taskId">[], fuseAgentId: string): Promise<void> {
    const due = tasks.filter(({ taskId }) => this.#waiting.has(taskId));
    for (const { taskId } of due) {
      const outcome = await this.#host.roll.stub(fuseAgentId).cancel(taskId, this.#waiting.get(taskId));
      if (!outcome.ok) log.debug("fuse.late-cancel-refused", { taskId, reason: outcome.refusal.message });
      this.#forget([taskId]);
    }
  }

  tidy(): void {
    const late = this.#host.sql
      .exec(`SELECT task_id FROM fuse_cancels WHERE at <= ?`, this.#host.now() - waitMs)
      .toArray()
      .map((row) => String(row["task_id"]))
      .filter((taskId) => !this.#host.isUnderWay(taskId));
    if (late.length > 0) this.#forget(late);
  }

  #forget(taskIds: readonly string[]): void {
    for (const taskId of taskIds) this.#waiting.delete(taskId);
    this.#host.sql.exec(
      `DELETE FROM fuse_cancels WHERE task_id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(taskIds),
    );
  }
}
