/** What is known of the steps of tasks under way, so that none that has been done is done again. */

export interface StepDone {
  readonly output: unknown;
  readonly executionId: string | null;
  readonly costMicros: number;
}

/** `begun`: it may have been done, or not. */
export type StepState = { state: "new" } | { state: "begun" } | ({ state: "done" } & StepDone);

/** Keeps outputs as text or sealed; see `ContentSeal`. */
export interface OutputSeal {
  seal(text: string, place: string): string | Uint8Array;
  open(content: string | Uint8Array, place: string): string;
}

const placeOf = (taskId: string, step: number): string => `fuse/steps/${taskId}/${step}`;

export class StepJournal {
  readonly #sql: SqlStorage;
  readonly #seal: OutputSeal;

  constructor(sql: SqlStorage, seal: OutputSeal) {
    this.#sql = sql;
    this.#seal = seal;
  }

  migrate(): void {
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS steps (
        task_id TEXT NOT NULL,
        step INTEGER NOT NULL,
        execution_id TEXT,
        cost_micros INTEGER NOT NULL DEFAULT 0,
        -- JSON, or bytes where it is sealed; null while the step has begun and not ended.
        output,
        PRIMARY KEY (task_id, step)
      ) WITHOUT ROWID`);
  }

  /** How far a step is; one that is new has begun from now on. */
  begin(taskId: string, step: number): StepState {
    const row = this.#sql
      .exec(`SELECT * FROM steps WHERE task_id = ? AND step = ?`, taskId, step)
      .toArray()[0];
    if (!row) {
      this.#sql.exec(`INSERT INTO steps (task_id, step) VALUES (?, ?)`, taskId, step);
      return { state: "new" };
    }
    const output = row["output"];
    if (typeof output !== "string" && !(output instanceof ArrayBuffer)) return { state: "begun" };
    const content = typeof output === "string" ? output : new Uint8Array(output);
    const executionId = row["execution_id"];
    return {
      state: "done",
      output: JSON.parse(this.#seal.open(content, placeOf(taskId, step))) as unknown,
      executionId: typeof executionId === "string" ? executionId : null,
      costMicros: Number(row["cost_micros"]),
    };
  }

  end(taskId: string, step: number, { output, executionId, costMicros }: StepDone): void {
    this.#sql.exec(
      `UPDATE steps SET output = ?, execution_id = ?, cost_micros = ? WHERE task_id = ? AND step = ?`,
      this.#seal.seal(JSON.stringify(output ?? null), placeOf(taskId, step)),
      executionId,
      costMicros,
      taskId,
      step,
    );
  }

  /** Forgets the steps of a task that has ended. */
  forget(taskId: string): void {
    this.#sql.exec(`DELETE FROM steps WHERE task_id = ?`, taskId);
  }
}
