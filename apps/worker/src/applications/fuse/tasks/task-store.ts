/** An agent's tasks on disk. A task's id is the key: whoever sends a task again finds that it is there. */
import { timestamp } from "@orrery/protocol";
import type { FusePriority, FuseTask, FuseTaskStatus } from "@orrery/protocol";
import type { TaskDelivery } from "../contract.ts";

/** Days for which the id of a task that has ended is remembered, and a task sent again is known. */
export const rememberedDays = 7;

/** A task as its row says. `running` is never on disk: what is `queued` there is taken up again after a crash. */
export interface TaskRow {
  readonly seq: number;
  readonly taskId: string;
  readonly form: TaskDelivery["form"];
  readonly source: string | null;
  readonly type: string | null;
  readonly priority: FusePriority;
  readonly status: FuseTaskStatus;
  readonly shadow: boolean;
  readonly encrypted: boolean;
  readonly conversation: string | null;
  readonly deadline: number | null;
  readonly acceptedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly publishedAt: number | null;
  readonly executionId: string | null;
  readonly error: string | null;
}

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

type Columns = Record<string, SqlStorageValue>;

const rowColumns = `seq, task_id, form, source, type, priority, status, shadow, encrypted, conversation, deadline,
  accepted_at, started_at, ended_at, published_at, execution_id, error`;

export class TaskStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Makes the tables; they cost a page each, so this runs when the agent is made. */
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
  }

  has(taskId: string): boolean {
    return this.#sql.exec(`SELECT 1 FROM tasks WHERE task_id = ?`, taskId).toArray().length > 0;
  }

  /** Writes a task down and says its number; null where it is there already. */
  insert(task: TaskDelivery, message: Uint8Array | string): number | null {
    const row = this.#sql
      .exec(
        `INSERT INTO tasks (task_id, form, source, type, priority, status, shadow, encrypted, conversation, deadline,
           accepted_at, message)
         VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING seq`,
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

  /** The stored answer; null where there is none, or Redis has it. */
  answer(taskId: string): Uint8Array | string | null {
    return this.#content(`SELECT answer AS content FROM tasks WHERE task_id = ?`, taskId);
  }

  /** Tasks that have not ended, in the order they were accepted. */
  unfinished(): TaskRow[] {
    return this.#rows(`SELECT ${rowColumns} FROM tasks WHERE status = 'queued' ORDER BY seq`);
  }

  /** Answers that Redis may not have, in the order their tasks were accepted, after the number `after`. */
  unanswered(after: number, limit: number): { row: TaskRow; answer: Uint8Array | string }[] {
    return this.#sql
      .exec(
        `SELECT ${rowColumns}, answer FROM tasks WHERE answer IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?`,
        after,
        limit,
      )
      .toArray()
      .flatMap((row) => {
        const answer = contentOf(row["answer"]);
        return answer === null ? [] : [{ row: rowOf(row), answer }];
      });
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

  end(ending: Ending): void {
    this.#sql.exec(
      `UPDATE tasks SET status = ?1, execution_id = ?2, error = ?3, started_at = ?4, ended_at = ?5, answer = ?6,
         message = CASE WHEN ?6 IS NULL THEN NULL ELSE message END
       WHERE task_id = ?7`,
      ending.status,
      ending.executionId,
      ending.error,
      ending.startedAt,
      ending.endedAt,
      ending.answer,
      ending.taskId,
    );
  }

  /** Marks what is in Redis; answers need not be kept for longer. */
  published(taskIds: readonly string[], now: number): void {
    this.#sql.exec(
      `UPDATE tasks SET published_at = ?, answer = NULL, message = NULL, fenced = 0
       WHERE task_id IN (SELECT value FROM json_each(?)) AND answer IS NOT NULL`,
      now,
      JSON.stringify(taskIds),
    );
  }

  /** Marks answers that the lease kept from Redis. */
  fence(taskIds: readonly string[]): void {
    this.#sql.exec(
      `UPDATE tasks SET fenced = 1 WHERE task_id IN (SELECT value FROM json_each(?)) AND answer IS NOT NULL`,
      JSON.stringify(taskIds),
    );
  }

  /** Ids of tasks whose answers the lease kept from Redis. */
  fenced(): string[] {
    return this.#sql
      .exec(`SELECT task_id FROM tasks WHERE fenced = 1 AND answer IS NOT NULL ORDER BY seq`)
      .toArray()
      .map((row) => String(row["task_id"]));
  }

  /** Gives tasks to somebody else; their messages stay until {@link TaskStore.forgetMessages}. */
  handBack(taskIds: readonly string[], now: number): void {
    this.#sql.exec(
      `UPDATE tasks SET status = 'handed-back', ended_at = ?, answer = NULL, fenced = 0
       WHERE task_id IN (SELECT value FROM json_each(?))`,
      now,
      JSON.stringify(taskIds),
    );
  }

  /** Ends tasks of which nobody is to hear. */
  abandon(taskIds: readonly string[], now: number): void {
    if (taskIds.length === 0) return;
    this.#sql.exec(
      `UPDATE tasks SET status = 'cancelled', ended_at = ?, message = NULL
       WHERE task_id IN (SELECT value FROM json_each(?))`,
      now,
      JSON.stringify(taskIds),
    );
  }

  /** Tasks that were handed back and may not have arrived there. */
  handedBack(): TaskRow[] {
    return this.#rows(
      `SELECT ${rowColumns} FROM tasks WHERE status = 'handed-back' AND message IS NOT NULL ORDER BY seq`,
    );
  }

  forgetMessages(taskIds: readonly string[]): void {
    this.#sql.exec(
      `UPDATE tasks SET message = NULL WHERE task_id IN (SELECT value FROM json_each(?)) AND status <> 'queued'`,
      JSON.stringify(taskIds),
    );
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

function contentOf(value: SqlStorageValue | undefined): Uint8Array | string | null {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return typeof value === "string" ? value : null;
}

const text = (value: SqlStorageValue | undefined): string | null =>
  typeof value === "string" ? value : null;
const number = (value: SqlStorageValue | undefined): number | null =>
  typeof value === "number" ? value : null;

/** The columns are written by this class alone, so they are read back as what it wrote. */
const rowOf = (row: Columns): TaskRow => ({
  seq: Number(row["seq"]),
  taskId: String(row["task_id"]),
  form: String(row["form"]) as TaskRow["form"],
  source: text(row["source"]),
  type: text(row["type"]),
  priority: String(row["priority"]) as FusePriority,
  status: String(row["status"]) as FuseTaskStatus,
  shadow: row["shadow"] === 1,
  encrypted: row["encrypted"] === 1,
  conversation: text(row["conversation"]),
  deadline: number(row["deadline"]),
  acceptedAt: Number(row["accepted_at"]),
  startedAt: number(row["started_at"]),
  endedAt: number(row["ended_at"]),
  publishedAt: number(row["published_at"]),
  executionId: text(row["execution_id"]),
  error: text(row["error"]),
});

const time = (value: number | null): string | null => (value === null ? null : timestamp(value));

/** A task as the API shows it; `running` says when it began. */
export function taskView(fuseAgentId: string, row: TaskRow, running: { startedAt: number } | null): FuseTask {
  return {
    id: row.taskId,
    fuseAgentId,
    source: row.source,
    type: row.type,
    priority: row.priority,
    status: running ? "running" : row.status,
    shadow: row.shadow,
    executionId: row.executionId,
    error: row.error,
    deadline: time(row.deadline),
    acceptedAt: timestamp(row.acceptedAt),
    startedAt: time(running?.startedAt ?? row.startedAt),
    endedAt: time(row.endedAt),
    publishedAt: time(row.publishedAt),
  };
}
