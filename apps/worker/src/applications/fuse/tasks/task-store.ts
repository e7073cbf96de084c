/** An agent's tasks on disk. A task's id is the key: whoever sends a task again finds that it is there. */
import type { FuseTaskStatus } from "@orrery/protocol";
import { addColumns } from "../add-columns.ts";
import type { TaskDelivery } from "../contract.ts";
import { contentOf, rowColumns, rowOf } from "./task-row.ts";
import type { TaskRow } from "./task-row.ts";

/** Days for which the id of a task that has ended is remembered, and a task sent again is known. */
export const rememberedDays = 7;

/** How a task ended; `answer` is what is to be said, null where nobody hears of it. */
export interface Ending {
  readonly taskId: string;
  readonly status: "completed" | "failed" | "cancelled";
  readonly executionId: string | null;
  readonly error: string | null;
  readonly startedAt: number | null;
  readonly endedAt: number;
  readonly answer: Uint8Array | string | null;
}

export class TaskStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Makes the tables, or brings them up to date; they cost a page each, so there are none before the agent is made. */
  migrate(): void {
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS tasks (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        task_id TEXT NOT NULL UNIQUE,
        form TEXT NOT NULL,
        source TEXT,
        type TEXT,
        priority TEXT NOT NULL,
        -- queued, completed, failed, cancelled or handed-back
        status TEXT NOT NULL,
        shadow INTEGER NOT NULL,
        encrypted INTEGER NOT NULL,
        conversation TEXT,
        -- Times are epoch milliseconds.
        deadline INTEGER,
        accepted_at INTEGER NOT NULL,
        started_at INTEGER,
        ended_at INTEGER,
        published_at INTEGER,
        execution_id TEXT,
        error TEXT,
        -- Whether its answer was kept from Redis because the lease was not ours.
        fenced INTEGER NOT NULL DEFAULT 0,
        -- The message as it came, until its answer is in Redis; bytes where it is sealed.
        message,
        -- What is to be answered, until it is in Redis; bytes where it is sealed.
        answer
      );
      CREATE INDEX IF NOT EXISTS tasks_unfinished ON tasks (seq) WHERE status = 'queued';
      CREATE INDEX IF NOT EXISTS tasks_unanswered ON tasks (seq) WHERE answer IS NOT NULL;`);
    addColumns(this.#sql, "tasks", {
      seals_answer: "INTEGER NOT NULL DEFAULT 0",
      attempt: "INTEGER NOT NULL DEFAULT 0",
      // The hand-offs by which it came last, and was given away last.
      came_by: "TEXT",
      left_by: "TEXT",
    });
  }

  has(taskId: string): boolean {
    return this.#sql.exec(`SELECT 1 FROM tasks WHERE task_id = ?`, taskId).toArray().length > 0;
  }

  /** Of these, the ids of tasks that are here, whatever became of them. */
  known(taskIds: readonly string[]): string[] {
    return this.#ids(`TRUE`, taskIds);
  }

  /** Of these, the ids of tasks that are not answered, or whose answers or messages may not have arrived. */
  unsettled(taskIds: readonly string[]): string[] {
    return this.#ids(`message IS NOT NULL`, taskIds);
  }

  /** Writes a task down and says its number; null where it is there already. */
  insert(task: TaskDelivery, message: Uint8Array | string): number | null {
    const row = this.#sql
      .exec(
        `INSERT INTO tasks (task_id, form, source, type, priority, status, shadow, encrypted, conversation, deadline,
           accepted_at, message, seals_answer, came_by)
         VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING seq`,
        task.taskId,
        task.form,
        task.source,
        task.type,
        task.priority,
        task.shadow ? 1 : 0,
        task.encrypted ? 1 : 0,
        task.conversation,
        task.deadline,
        task.receivedAt,
        message,
        task.sealsAnswer === true ? 1 : 0,
        task.handOff ?? null,
      )
      .toArray()[0];
    return row === undefined ? null : Number(row["seq"]);
  }

  row(taskId: string): TaskRow | null {
    const row = this.#sql.exec(`SELECT ${rowColumns} FROM tasks WHERE task_id = ?`, taskId).toArray()[0];
    return row ? rowOf(row) : null;
  }

  /** The stored message; null once it is of no more use. */
  message(taskId: string): Uint8Array | string | null {
    return this.#content(`SELECT message AS content FROM tasks WHERE task_id = ?`, taskId);
  }

  /** Tasks that have not ended, in the order they were accepted. */
  unfinished(): TaskRow[] {
    return this.#rows(`SELECT ${rowColumns} FROM tasks WHERE status = 'queued' ORDER BY seq`);
  }

  /**
   * Tasks that are not answered, whose answers Redis may not have, or that were given up and may not have arrived;
   * shadows are answered to nobody.
   */
  get remaining(): number {
    const { count } = this.#sql
      .exec<{ count: number }>(
        `SELECT (SELECT count(*) FROM tasks WHERE status = 'queued' AND shadow = 0)
           + (SELECT count(*) FROM tasks WHERE answer IS NOT NULL)
           + (SELECT count(*) FROM tasks WHERE status = 'handed-back' AND message IS NOT NULL) AS count`,
      )
      .one();
    return count;
  }

  /** Of tasks that wait, those whose time is over. */
  overdue(now: number): string[] {
    return this.#sql
      .exec(
        `SELECT task_id FROM tasks WHERE status = 'queued' AND deadline IS NOT NULL AND deadline <= ?`,
        now,
      )
      .toArray()
      .map((row) => String(row["task_id"]));
  }

  /** Ends a task; false where it has ended already, or is somebody else's. */
  end(ending: Ending): boolean {
    const rows = this.#sql.exec(
      `UPDATE tasks SET status = ?1, execution_id = ?2, error = ?3, started_at = ?4, ended_at = ?5, answer = ?6,
         message = CASE WHEN ?6 IS NULL THEN NULL ELSE message END
       WHERE task_id = ?7 AND status = 'queued' RETURNING seq`,
      ending.status,
      ending.executionId,
      ending.error,
      ending.startedAt,
      ending.endedAt,
      ending.answer,
      ending.taskId,
    );
    return rows.toArray().length > 0;
  }

  /** Newest first, before the number `before`; `ids` holds the list to those, `not` to others. */
  page(query: {
    limit: number;
    before: number | null;
    status?: FuseTaskStatus | undefined;
    ids?: readonly string[];
    not?: readonly string[];
  }): TaskRow[] {
    return this.#rows(
      `SELECT ${rowColumns} FROM tasks WHERE (?1 IS NULL OR seq < ?1) AND (?2 IS NULL OR status = ?2)
         AND (?3 IS NULL OR task_id IN (SELECT value FROM json_each(?3)))
         AND (?4 IS NULL OR task_id NOT IN (SELECT value FROM json_each(?4)))
       ORDER BY seq DESC LIMIT ?5`,
      query.before,
      query.status ?? null,
      query.ids ? JSON.stringify(query.ids) : null,
      query.not ? JSON.stringify(query.not) : null,
      query.limit,
    );
  }

  /** Forgets some of the oldest tasks, where they ended long ago and their answers are known to have arrived. */
  sweep(now: number): void {
    this.#sql.exec(
      `DELETE FROM tasks WHERE seq IN (SELECT seq FROM tasks ORDER BY seq LIMIT 1000)
         AND ended_at <= ? AND answer IS NULL AND message IS NULL`,
      now - rememberedDays * 86_400_000,
    );
  }

  #ids(condition: string, among: readonly string[]): string[] {
    return this.#sql
      .exec(
        `SELECT task_id FROM tasks WHERE task_id IN (SELECT value FROM json_each(?)) AND ${condition}`,
        JSON.stringify(among),
      )
      .toArray()
      .map((row) => String(row["task_id"]));
  }

  #rows(query: string, ...bindings: SqlStorageValue[]): TaskRow[] {
    return this.#sql
      .exec(query, ...bindings)
      .toArray()
      .map(rowOf);
  }

  #content(query: string, taskId: string): Uint8Array | string | null {
    return contentOf(this.#sql.exec(query, taskId).toArray()[0]?.["content"]);
  }
}
