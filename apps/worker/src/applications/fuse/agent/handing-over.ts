/** Tasks on their way from an agent to others: back to the existing system, or on to another agent. */
import { OrreryError } from "@orrery/protocol";
import { messageLimit } from "../../../channels/index.ts";
import type { HandOff, HandedBack, Summary, TaskDelivery } from "../contract.ts";
import type { AnswerStore } from "../tasks/answer-store.ts";
import type { GivenUpTasks } from "../tasks/given-up-tasks.ts";
import type { StepJournal } from "../tasks/step-journal.ts";
import type { TaskPool } from "../tasks/task-pool.ts";
import type { TaskRow } from "../tasks/task-row.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { ContentSeal } from "./content-seal.ts";
import type { TaskContent } from "./task-content.ts";

/** Tasks, and about how many characters of them, that are handed back at once: a call carries 32 MiB. */
const atOnce = 500;
const charactersAtOnce = 4 * 1024 * 1024;
/** Characters that a message gains on being handed on: another target, its task's id. */
const handOffRoom = 2_048;

export interface HandingOverHost {
  readonly store: Pick<TaskStore, "message" | "row" | "unfinished">;
  readonly answers: Pick<AnswerStore, "fenced">;
  readonly givenUp: GivenUpTasks;
  readonly journal: Pick<StepJournal, "forget">;
  readonly content: Pick<TaskContent, "delivery">;
  readonly seal: Pick<ContentSeal, "ready" | "resealed">;
  readonly pool: Pick<TaskPool, "begin" | "drop">;
  /** Resolves at a moment at which whatever has ended is on disk, and was told or could not be. */
  settled(): Promise<void>;
  /** A task waits for its turn again. */
  waits(row: TaskRow): void;
  /** Tasks are somebody else's. */
  gone(taskIds: readonly string[]): void;
  summary(): Summary;
  now(): number;
}

export class HandingOver {
  readonly #host: HandingOverHost;

  constructor(host: HandingOverHost) {
    this.#host = host;
  }

  async handBack(after: number | null): Promise<HandedBack> {
    const { content, givenUp, seal } = this.#host;
    await seal.ready();
    if (after === null) await this.#giveUpAll();
    const rows = givenUp.waiting(after ?? 0, atOnce + 1, charactersAtOnce);
    const isAll = rows.length <= atOnce && givenUp.waiting(rows.at(-1)?.seq ?? 0, 1, 0).length === 0;
    const given = rows.slice(0, atOnce);
    return {
      tasks: given.map((row) => content.delivery(row)),
      next: isAll ? null : (given.at(-1)?.seq ?? null),
      summary: this.#host.summary(),
    };
  }

  async #giveUpAll(): Promise<void> {
    const { answers, givenUp, pool, store } = this.#host;
    await this.#host.settled();
    const now = this.#host.now();
    const unfinished = Map.groupBy(store.unfinished(), ({ shadow }) => (shadow ? "shadow" : "ours"));
    const idsOf = (rows: readonly TaskRow[] = []): string[] => rows.map(({ taskId }) => taskId);
    const shadows = idsOf(unfinished.get("shadow"));
    const given = [...idsOf(unfinished.get("ours")), ...answers.fenced()];
    for (const taskId of [...shadows, ...given]) pool.drop(taskId);
    if (given.length > 0) givenUp.give(given, now);
    // The existing agent has these; nobody waits for ours.
    givenUp.abandon(shadows, now);
    this.#host.gone(given);
  }

  handedBack(taskIds: readonly string[]): void {
    for (const taskId of this.#host.givenUp.arrived(taskIds)) this.#host.journal.forget(taskId);
  }

  /** @throws OrreryError where the task stays here: see `FuseAgentStub.release` */
  async release(taskId: string, handOff: HandOff): Promise<TaskDelivery | null> {
    const { givenUp, pool, seal, store } = this.#host;
    await seal.ready();
    await this.#host.settled();
    const row = store.row(taskId);
    if (!row || store.message(taskId) === null) return null;
    const wasGiven = givenUp.leftBy(taskId) === handOff.id;
    // Given up before, and not known to have arrived; or it arrived, and has come back since.
    if (row.status === "handed-back" ? !wasGiven : row.status !== "queued" || wasGiven) return null;
    const task = await this.#forAnother(row, handOff).catch((error: unknown) => {
      if (wasGiven) this.keep(taskId, handOff.id);
      throw error;
    });
    if (!wasGiven) {
      // Meanwhile it may have ended, and its end be on its way to the disk.
      await this.#host.settled();
      if (store.row(taskId)?.status !== "queued") return null;
      pool.drop(taskId);
      givenUp.give([taskId], this.#host.now(), handOff.id);
      this.#host.gone([taskId]);
      pool.begin();
    }
    return task;
  }

  /** Takes up again what it gave up by this hand-off, and nobody took. */
  keep(taskId: string, handOff: string): void {
    const kept = this.#host.givenUp.leftBy(taskId) === handOff ? this.#host.givenUp.keep(taskId) : null;
    if (!kept) return;
    this.#host.waits(kept);
    this.#host.pool.begin();
  }

  /** A task as another agent is to have it. @throws OrreryError as {@link release} */
  async #forAnother(row: TaskRow, { to, by }: HandOff): Promise<TaskDelivery> {
    if (by !== null && row.source !== by) throw new OrreryError("forbidden", "The task is of somebody else");
    const task = await this.#host.seal.resealed(this.#host.content.delivery(row), to);
    if (JSON.stringify(task.message).length > messageLimit - handOffRoom) {
      throw new OrreryError("payload_too_large", "The task is too long to be handed on");
    }
    return task;
  }
}
