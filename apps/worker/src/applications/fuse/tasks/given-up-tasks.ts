/** Tasks that an agent gave up to somebody else, and some that came back. */
import type { TaskDelivery } from "../contract.ts";
import { rowColumns, rowOf, text } from "./task-row.ts";
import type { TaskRow } from "./task-row.ts";

export class GivenUpTasks {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Gives tasks to somebody else, by a hand-off or to the existing agent; their messages stay until
   * {@link GivenUpTasks.arrived}.
   */
  give(taskIds: readonly string[], now: number, handOff: string | null = null): void {
    this.#sql.exec(
      `UPDATE tasks SET status = 'handed-back', ended_at = ?, answer = NULL, fenced = 0, left_by = ?
       WHERE task_id IN (SELECT value FROM json_each(?))`,
      now,
      handOff,
      JSON.stringify(taskIds),
    );
  }

  /** Takes back what a hand-off gave up and cannot bring anywhere. */
  keep(taskId: string): TaskRow | null {
    const [row] = this.#rows(
      `UPDATE tasks SET status = 'queued', ended_at = NULL, left_by = NULL, attempt = attempt + 1
       WHERE task_id = ? AND status = 'handed-back' RETURNING ${rowColumns}`,
      taskId,
    );
    return row ?? null;
  }

  /** The hand-off by which a task was given away last. */
  leftBy(taskId: string): string | null {
    const [row] = this.#sql.exec(`SELECT left_by FROM tasks WHERE task_id = ?`, taskId).toArray();
    return text(row?.["left_by"]);
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

  /**
   * Tasks that were handed back to the existing agent and may not have arrived there, after the number `after`: up to
   * `limit`, and about `characters` of their messages, but one in any case.
   */
  waiting(after: number, limit: number, characters: number): TaskRow[] {
    const found: TaskRow[] = [];
    const rows = this.#sql.exec(
      `SELECT ${rowColumns}, length(message) AS size FROM tasks
       WHERE status = 'handed-back' AND left_by IS NULL AND message IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?`,
      after,
      limit,
    );
    let sum = 0;
    for (const row of rows) {
      sum += Number(row["size"]);
      if (found.length > 0 && sum > characters) break;
      found.push(rowOf(row));
    }
    return found;
  }

  /**
   * What was given up is where it was to go: its message is of no more use here. Names those of which that holds: told
   * late, it says nothing of a task that has come back since.
   */
  arrived(taskIds: readonly string[]): string[] {
    return this.#sql
      .exec(
        `UPDATE tasks SET message = NULL
         WHERE task_id IN (SELECT value FROM json_each(?)) AND status = 'handed-back' RETURNING task_id`,
        JSON.stringify(taskIds),
      )
      .toArray()
      .map((row) => String(row["task_id"]));
  }

  /**
   * Takes a task up again that was given up, and is back: by another hand-off than it came by before, or since it is ours
   * again. Its row; null where it was not given up, or came by this hand-off already.
   */
  revive(task: TaskDelivery, message: Uint8Array | string): TaskRow | null {
    const [row] = this.#rows(
      `UPDATE tasks SET form = ?, source = ?, type = ?, priority = ?, status = 'queued', shadow = ?, encrypted = ?,
         conversation = ?, deadline = ?, accepted_at = ?, message = ?, seals_answer = ?, came_by = ?,
         attempt = attempt + 1, started_at = NULL, ended_at = NULL, published_at = NULL, execution_id = NULL,
         error = NULL, fenced = 0, answer = NULL
       WHERE task_id = ? AND status = 'handed-back' AND (came_by IS NULL OR came_by IS NOT ?)
       RETURNING ${rowColumns}`,
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
      task.taskId,
      task.handOff ?? null,
    );
    return row ?? null;
  }

  #rows(query: string, ...bindings: (SqlStorageValue | Uint8Array)[]): TaskRow[] {
    return this.#sql
      .exec(query, ...bindings)
      .toArray()
      .map(rowOf);
  }
}
