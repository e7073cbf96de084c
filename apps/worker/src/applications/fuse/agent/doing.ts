/** An agent's tasks from when they wait until they were told: begun, ended, stopped, and waited for. */
import { OrreryError } from "@orrery/protocol";
import type { FuseTask } from "@orrery/protocol";
import { agentStub } from "../../../agents/index.ts";
import { log } from "../../../observability/index.ts";
import { flagsFor } from "../../../security/index.ts";
import type { Report, Summary } from "../contract.ts";
import type { AnswerStore } from "../tasks/answer-store.ts";
import type { Conversations } from "../tasks/conversations.ts";
import type { StepJournal } from "../tasks/step-journal.ts";
import { TaskPool } from "../tasks/task-pool.ts";
import type { Ended, Ran, Running, WaitingTask } from "../tasks/task-pool.ts";
import type { Ending, TaskStore } from "../tasks/task-store.ts";
import type { AgentRecord } from "./agent-record.ts";
import type { PromptVariables } from "./prompt-variables.ts";
import { Reporter } from "./reporter.ts";
import type { TaskContent } from "./task-content.ts";
import type { TaskEvents } from "./task-events.ts";
import { doTask, hearsProgress, progressOf } from "./task-work.ts";

export interface DoingHost {
  readonly env: Env;
  readonly record: AgentRecord;
  readonly store: TaskStore;
  readonly answers: AnswerStore;
  readonly content: TaskContent;
  readonly conversations: Conversations;
  readonly journal: StepJournal;
  readonly variables: PromptVariables;
  readonly events: TaskEvents;
  /** A task as the API shows it. @throws OrreryError `not_found` */
  task(taskId: string): FuseTask;
  report(report: Report): Promise<readonly string[]>;
  summary(): Summary;
  now(): number;
  after(milliseconds: number, work: () => void): void;
}

export class Doing {
  readonly pool: TaskPool;
  readonly reporter: Reporter;
  readonly #host: DoingHost;
  /** Those who wait until nothing is on its way; meanwhile nothing begins. */
  #settling = 0;
  /** Conclusions on their way to the reporter. */
  readonly #concluding = new Set<Promise<void>>();
  /** Those who wait for a task's end. */
  readonly #waiters = new Map<string, (() => void)[]>();

  constructor(host: DoingHost) {
    this.#host = host;
    this.pool = new TaskPool({
      store: host.store,
      now: () => host.now(),
      after: (wait, work) => host.after(wait, work),
      held: () => this.#held(),
      run: (running) => this.#run(running),
      ended: (ended) => this.#ended(ended),
      progressed: (running, step) => void this.#progressed(running, step),
    });
    this.reporter = new Reporter({
      store: host.store,
      answers: host.answers,
      report: async (report) => {
        const tooLarge = await host.report(report);
        this.pool.begin();
        return tooLarge;
      },
      ended: (endings, heard) => this.#noteEnded(endings, heard),
      summary: () => host.summary(),
      reopen: ({ taskId }, kept) => host.content.reopened(taskId, kept),
      refused: (row) => host.content.refused(row, host.now()),
      after: (wait, work) => host.after(wait, work),
    });
  }

  /** Whether something waits, runs, or has ended and is not on disk yet. */
  get isBusy(): boolean {
    return this.pool.busy || this.#concluding.size > 0;
  }

  /** Lets a task wait its turn. */
  wait(row: WaitingTask): void {
    const { events, record } = this.#host;
    this.pool.add(row, record.ageing);
    events.changed(row.taskId, "queued");
  }

  /** Tasks are somebody else's: nobody need wait for them here. */
  gone(taskIds: readonly string[]): void {
    for (const taskId of taskIds) {
      this.#host.events.changed(taskId, "handed-back");
      this.#told(taskId);
    }
  }

  /** @throws OrreryError `not_found`, `forbidden`, or `conflict` where it has ended otherwise */
  async cancel(taskId: string, by: string | null): Promise<FuseTask> {
    const { source } = this.#host.task(taskId);
    if (by !== null && source !== by) throw new OrreryError("forbidden", "The task is of somebody else.");
    const ended = this.ending(taskId);
    if (this.pool.stop(taskId, { outcome: "cancelled", error: "The task was cancelled." })) await ended;
    else await this.settled();
    const task = this.#host.task(taskId);
    if (task.status !== "cancelled") {
      throw new OrreryError("conflict", `The task is ${task.status} already.`);
    }
    return task;
  }

  /** Resolves when a task has ended here, and its end is written down. */
  ending(taskId: string): Promise<void> {
    if (this.#host.store.row(taskId)?.status !== "queued") return Promise.resolve();
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(taskId);
      if (waiters) waiters.push(resolve);
      else this.#waiters.set(taskId, [resolve]);
    });
  }

  /** Resolves at a moment at which whatever has ended is on disk, and was told or could not be. */
  async settled(): Promise<void> {
    this.#settling += 1;
    try {
      while (this.#concluding.size > 0 || this.reporter.busy) {
        await Promise.all(this.#concluding);
        await this.reporter.settled();
      }
    } finally {
      this.#settling -= 1;
    }
  }

  #held(): boolean {
    const { record } = this.#host;
    if (this.#settling > 0 || !record.exists) return true;
    return record.activity === "paused" || record.state().status === "inactive" || this.reporter.overfull;
  }

  #run(running: Running): Promise<Ran> {
    const { content, conversations, env, events, journal, record, variables } = this.#host;
    events.changed(running.row.taskId, "running");
    return doTask(running, record.identity, {
      content,
      conversations,
      journal,
      variables,
      agent: () => agentStub(env, record.identity.agentId),
      after: (wait, work) => this.#host.after(wait, work),
    });
  }

  #ended(ended: Ended): void {
    const { taskId } = ended.row;
    const concluding = this.#host.content
      .conclude(ended, this.#host.now())
      .then((conclusion) => {
        this.reporter.conclude(conclusion);
        this.#host.events.changed(taskId, conclusion.ending.status);
      })
      .catch((error: unknown) => log.error("fuse.task-not-concluded", { taskId, error }))
      .finally(() => this.#concluding.delete(concluding));
    this.#concluding.add(concluding);
  }

  #noteEnded(endings: readonly Ending[], heard: readonly Ending[]): void {
    // Of shadows the existing agent keeps count.
    if (heard.length > 0) {
      this.#host.record.ended(
        heard.map(({ status }) => status),
        this.#host.now(),
      );
    }
    for (const { taskId } of endings) {
      this.#host.journal.forget(taskId);
      this.#told(taskId);
    }
  }

  #told(taskId: string): void {
    for (const resolve of this.#waiters.get(taskId) ?? []) resolve();
    this.#waiters.delete(taskId);
  }

  async #progressed(running: Running, step: { done: number; of: number } | null): Promise<void> {
    if (!hearsProgress(running.row)) return;
    const { env, record } = this.#host;
    const { identity } = record;
    const flags = await flagsFor(env).of(identity.workspaceId);
    if (!flags.enabled("fuse-progress", identity.agentId)) return;
    this.reporter.say(progressOf(running, step, identity, this.#host.now()));
  }
}
