/** What tasks were answered, on disk until it is in Redis. */
import { contentOf, number, rowColumns, rowOf } from "./task-row.ts";
import type { TaskRow } from "./task-row.ts";

export class AnswerStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The stored answer; null where there is none, or Redis has it. */
  of(taskId: string): Uint8Array | string | null {
    const [row] = this.#sql.exec(`SELECT answer FROM tasks WHERE task_id = ?`, taskId).toArray();
    return contentOf(row?.["answer"]);
  }

  /**
   * Answers that Redis may not have, in the order their tasks were accepted, after the number `after`: up to `limit`,
   * and about `characters` of them, but one in any case.
   */
  waiting(after: number, limit: number, characters: number): { row: TaskRow; answer: Uint8Array | string }[] {
    const found: { row: TaskRow; answer: Uint8Array | string }[] = [];
    const rows = this.#sql.exec(
      `SELECT ${rowColumns}, answer FROM tasks WHERE answer IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?`,
      after,
      limit,
    );
    let sum = 0;
    for (const row of rows) {
      const answer = contentOf(row["answer"]);
      if (answer === null) continue;
      sum += answer.length;
      if (found.length > 0 && sum > characters) break;
      found.push({ row: rowOf(row), answer });
    }
    return found;
  }

  /** When the oldest of the tasks ended whose answers Redis may not have; null where there is none. */
  waitingSince(): number | null {
    const [row] = this.#sql
      .exec(`SELECT ended_at FROM tasks WHERE answer IS NOT NULL ORDER BY seq LIMIT 1`)
      .toArray();
    return number(row?.["ended_at"]);
  }

  /** Another answer in place of one that nobody takes. */
  replace(taskId: string, answer: Uint8Array | string, error: string): void {
    this.#sql.exec(
      `UPDATE tasks SET status = 'failed', error = ?, answer = ? WHERE task_id = ? AND answer IS NOT NULL`,
      error,
      answer,
      taskId,
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

  /** These go out again: whether the lease keeps them back once more is said again. */
  resent(taskIds: readonly string[]): void {
    this.#sql.exec(
      `UPDATE tasks SET fenced = 0 WHERE task_id IN (SELECT value FROM json_each(?))`,
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
}
