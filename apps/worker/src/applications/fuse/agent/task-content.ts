/** What an agent's tasks hold and what they are answered with, between how it is kept, how it is used and how it is told. */
import { OrreryError } from "@orrery/protocol";
import { messageLimit } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import type { AnsweredTask, TaskDelivery } from "../contract.ts";
import { answer, plainAnswer, resultContent, within } from "../messages/build.ts";
import type { Result } from "../messages/build.ts";
import type { Fields } from "../messages/fields.ts";
import { answerForms, tooLarge } from "../messages/shorter-answers.ts";
import type { AnswerForm } from "../messages/shorter-answers.ts";
import { comparedLength } from "../migration/shadow-book.ts";
import type { AnswerStore } from "../tasks/answer-store.ts";
import type { Ended } from "../tasks/task-pool.ts";
import type { TaskRow } from "../tasks/task-row.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { Identity } from "./agent-record.ts";
import type { ContentSeal } from "./content-seal.ts";
import type { Conclusion } from "./reporter.ts";

/** Characters that an answer may have: a signature is yet to be added. */
const answerLimit = messageLimit - 2_048;
/** Characters of what was asked that an answer without anything else may repeat. */
const askedRoom = 1_024;

const messagePlace = (taskId: string): string => `fuse/tasks/${taskId}/message`;
const answerPlace = (taskId: string): string => `fuse/tasks/${taskId}/answer`;

export class TaskContent {
  readonly #store: Pick<TaskStore, "message">;
  readonly #answers: Pick<AnswerStore, "of">;
  readonly #seal: ContentSeal;
  readonly #identity: () => Identity;

  constructor(
    store: Pick<TaskStore, "message">,
    answers: Pick<AnswerStore, "of">,
    seal: ContentSeal,
    identity: () => Identity,
  ) {
    this.#store = store;
    this.#answers = answers;
    this.#seal = seal;
    this.#identity = identity;
  }

  /** A message as it is kept; null where it is too long to be handed on. What is encrypted is sealed already. */
  kept({ taskId, message, encrypted }: TaskDelivery): string | Uint8Array | null {
    const text = JSON.stringify(message);
    if (text.length > messageLimit) return null;
    return encrypted ? text : this.#seal.seal(text, messagePlace(taskId));
  }

  /** A task as it came. */
  delivery(row: TaskRow): TaskDelivery {
    const kept = this.#store.message(row.taskId);
    const message =
      kept === null
        ? {}
        : (JSON.parse(this.#seal.open(kept, messagePlace(row.taskId))) as Record<string, unknown>); // written by kept
    return { ...row, receivedAt: row.acceptedAt, message };
  }

  /** What a task asks for, in the clear. @throws OrreryError where it cannot be opened */
  async asked(row: TaskRow): Promise<Fields> {
    await this.#seal.ready();
    return await this.#seal.contentOf(this.delivery(row));
  }

  /** Brings a task's end into the form in which it is kept and told. */
  async conclude(ended: Ended, now: number): Promise<Conclusion> {
    const { row, result, costMicros, startedAt } = ended;
    if (!row.shadow) return await this.#answered(ended, now);
    const shadow =
      result.outcome === "cancelled"
        ? null
        : {
            taskId: row.taskId,
            outcome: result.outcome,
            text: this.#isHidden(row) ? null : textOf(result).slice(0, comparedLength),
            latencyMs: now - (startedAt ?? row.acceptedAt),
            costMicros,
          };
    return { ending: this.#ending(ended, now, null), answer: null, shadow };
  }

  async #answered(ended: Ended, now: number): Promise<Conclusion> {
    try {
      await this.#seal.ready();
      return await this.#fitting(ended, now);
    } catch (error) {
      // What the task held cannot be opened any more, so nothing of it is in this answer, and it needs no seal.
      log.error("fuse.answer-not-made", { taskId: ended.row.taskId, error });
      const result: Result = { outcome: "failed", error: "The task can no longer be answered." };
      const task = { ...ended.row, receivedAt: ended.row.acceptedAt, message: {} };
      const value = answer(task, this.#identity().id, {
        content: resultContent(task, {}, result),
        jwe: null,
        now,
      });
      const failed = { ...ended, result };
      const told = this.#told(failed, value, now);
      return { ending: this.#ending(failed, now, JSON.stringify(told)), answer: told, shadow: null };
    }
  }

  /** As much of an answer as a message has room for. */
  async #fitting(ended: Ended, now: number): Promise<Conclusion> {
    const task = this.delivery(ended.row);
    const asked = await this.#seal.contentOf(task).catch((): Fields => ({}));
    for (const form of answerForms(ended.result)) {
      const said = { ...ended, result: form.result };
      const value = await this.#answer(task, asked, form, now);
      if (value === null) continue;
      const told = this.#told(said, value, now);
      const text = JSON.stringify(told);
      if (text.length > answerLimit && form.result !== tooLarge) continue;
      const kept = this.#seal.seal(text, answerPlace(task.taskId));
      return { ending: this.#ending(said, now, kept), answer: told, shadow: null };
    }
    throw new Error("there is no room for any answer");
  }

  /** An answer in place of one that nobody takes, since it is too large; and how the task ended by it. */
  async refused(row: TaskRow, now: number): Promise<Conclusion> {
    return await this.#answered(
      { row, result: tooLarge, startedAt: row.startedAt, executionId: row.executionId, costMicros: 0 },
      now,
    );
  }

  #told({ row, result }: Ended, value: Record<string, unknown>, now: number): AnsweredTask {
    return {
      taskId: row.taskId,
      value,
      latencyMs: now - row.acceptedAt,
      failed: result.outcome !== "completed",
    };
  }

  #ending({ row, result, executionId, startedAt }: Ended, endedAt: number, kept: string | Uint8Array | null) {
    const error = result.outcome === "completed" ? null : result.error;
    return {
      taskId: row.taskId,
      status: result.outcome,
      executionId,
      error: error !== null && this.#isHidden(row) ? "It failed; why is told to its asker only." : error,
      startedAt,
      endedAt,
      answer: kept,
    };
  }

  /** Null where it is more than can be encrypted. */
  async #answer(
    task: TaskDelivery,
    asked: Fields,
    { result, room }: AnswerForm,
    now: number,
  ): Promise<Record<string, unknown> | null> {
    const { id } = this.#identity();
    try {
      const content = resultContent(task, room === Infinity ? asked : within(asked, askedRoom), result);
      const jwe = await this.#seal.encrypted(task, plainAnswer(task, content));
      return answer(task, id, { content, jwe, now, room });
    } catch (error) {
      if (!(error instanceof OrreryError)) throw error;
      if (error.code === "payload_too_large") return null;
      const content = resultContent(task, {}, { outcome: "failed", error: error.message });
      return answer(task, id, { content, jwe: null, now, room });
    }
  }

  /** An answer as it was kept. */
  async reopened(taskId: string, kept: string | Uint8Array): Promise<AnsweredTask> {
    await this.#seal.ready();
    return JSON.parse(this.#seal.open(kept, answerPlace(taskId))) as AnsweredTask; // written by conclude
  }

  /** What a task that has ended was answered with; null where it has not, or its answer is in Redis by now. */
  async answerTo(taskId: string): Promise<AnsweredTask | null> {
    const kept = this.#answers.of(taskId);
    return kept === null ? null : await this.reopened(taskId, kept);
  }

  /** Whether what a task holds is for its asker alone. */
  #isHidden({ encrypted }: Pick<TaskRow, "encrypted">): boolean {
    return encrypted || this.#identity().confidential;
  }
}

const textOf = (result: Result): string => {
  if (result.outcome !== "completed") return result.error;
  return typeof result.result === "string" ? result.result : JSON.stringify(result.result);
};
