/** The tasks of one agent that wait and run: so many at once, each until it has ended, its deadline or its end. */
import type { Result } from "../messages/build.ts";
import { TaskQueue, placeOf } from "./task-queue.ts";
import type { TaskRow } from "./task-row.ts";
import type { TaskStore } from "./task-store.ts";

/** Tasks of one agent that run at once. */
export const concurrency = 16;
/** Tasks that may wait on one agent; what comes beyond stays in Redis and comes again. */
export const queueLimit = 10_000;
/** Milliseconds that a task runs before it says so, and between two times that it does. */
export const progressAfterMs = 2_000;
export const progressEveryMs = 10_000;
/** Milliseconds between two looks at deadlines and progress. */
const tickMs = 1_000;

/** What running a task came to. */
export interface Ran {
  readonly result: Result;
  readonly executionId: string | null;
  readonly costMicros: number;
}

export interface Ended extends Ran {
  readonly row: TaskRow;
  /** Null where it ended before it began. */
  readonly startedAt: number | null;
}

/** What a running task may use. */
export interface Running {
  readonly row: TaskRow;
  readonly startedAt: number;
  readonly signal: AbortSignal;
  /** Says when the task must have ended, where that is known only now. */
  endBy(deadline: number | null): void;
  /** Says how far the task is. */
  progress(step: { done: number; of: number }): void;
}

/** What the pool knows of a task that waits. */
export type WaitingTask = Pick<
  TaskRow,
  "taskId" | "priority" | "acceptedAt" | "seq" | "conversation" | "shadow"
>;

export interface PoolHost {
  readonly store: Pick<TaskStore, "row" | "overdue">;
  now(): number;
  /** Calls `work` after so many milliseconds. */
  after(milliseconds: number, work: () => void): void;
  /** True while no task may begin. */
  held(): boolean;
  /** Does a task's work; never rejects unless `signal` was aborted. */
  run(running: Running): Promise<Ran>;
  ended(ended: Ended): void;
  /** A task runs and is about to for a while. */
  progressed(running: Running, step: { done: number; of: number } | null): void;
}

interface Slot extends Running {
  readonly abort: AbortController;
  deadline: number | null;
  step: { done: number; of: number } | null;
  saidAt: number;
  /** Why it was stopped: what it is to end as. */
  stopped: Result | null;
}

export class TaskPool {
  readonly #host: PoolHost;
  readonly #queue = new TaskQueue();
  readonly #running = new Map<string, Slot>();
  /** Of both, those that are done unheard. */
  readonly #shadows = new Set<string>();
  #ticking = false;

  constructor(host: PoolHost) {
    this.#host = host;
  }

  /** Tasks that wait; shadows are not counted, here and in {@link running}. */
  get queued(): number {
    return this.#queue.size - (this.#shadows.size - this.#runningShadows);
  }

  get running(): number {
    return this.#running.size - this.#runningShadows;
  }

  get #runningShadows(): number {
    let count = 0;
    for (const { row } of this.#running.values()) if (row.shadow) count += 1;
    return count;
  }

  get busy(): boolean {
    return this.#queue.size + this.#running.size > 0;
  }

  get full(): boolean {
    return this.#queue.size >= queueLimit;
  }

  runningIds(): string[] {
    return [...this.#running.keys()];
  }

  /** Since when a task runs; null where it does not. */
  since(taskId: string): { startedAt: number } | null {
    return this.#running.get(taskId) ?? null;
  }

  /** Lets a task wait its turn; with `ageing`, waiting makes up for priority. */
  add({ taskId, priority, acceptedAt, seq, conversation, shadow }: WaitingTask, ageing: boolean): void {
    if (shadow) this.#shadows.add(taskId);
    this.#queue.add({ taskId, place: placeOf(priority, acceptedAt, ageing), seq, lane: conversation });
  }

  /** Begins what may begin. */
  begin(): void {
    while (this.#running.size < concurrency && !this.#host.held()) {
      const next = this.#queue.take();
      if (!next) break;
      const row = this.#host.store.row(next.taskId);
      if (row && !isOver(row.deadline, this.#host.now())) {
        this.#start(row);
        continue;
      }
      if (next.lane !== null) this.#queue.free(next.lane);
      if (row) this.#endUnbegun(row, overdue);
    }
    this.#tickSoon();
  }

  /**
   * Ends a task as `result` says, whether it waits or runs. False where it does neither.
   * What runs ends as soon as it heeds the call; nobody hears what it would have answered.
   */
  stop(taskId: string, result: Result): boolean {
    const slot = this.#running.get(taskId);
    if (slot) {
      slot.stopped ??= result;
      slot.abort.abort();
      return true;
    }
    const row = this.#queue.withdraw(taskId) ? this.#host.store.row(taskId) : null;
    if (!row) return false;
    this.#endUnbegun(row, result);
    return true;
  }

  #endUnbegun(row: TaskRow, result: Result): void {
    this.#shadows.delete(row.taskId);
    this.#host.ended({ row, result, startedAt: null, executionId: null, costMicros: 0 });
  }

  /** Lets go of a task that is somebody else's from now on: what becomes of it here is not heard of. */
  drop(taskId: string): void {
    this.#queue.withdraw(taskId);
    this.#shadows.delete(taskId);
    const slot = this.#running.get(taskId);
    if (!slot) return;
    this.#running.delete(taskId);
    slot.abort.abort();
    this.#leave(slot);
  }

  #start(row: TaskRow): void {
    const abort = new AbortController();
    const startedAt = this.#host.now();
    const slot: Slot = {
      row,
      startedAt,
      abort,
      deadline: row.deadline,
      signal: abort.signal,
      step: null,
      saidAt: startedAt + progressAfterMs - progressEveryMs,
      stopped: null,
      endBy: (deadline) => {
        slot.deadline = deadline ?? slot.deadline;
        this.#endIfOverdue(slot);
      },
      progress: (step) => void (slot.step = step),
    };
    this.#running.set(row.taskId, slot);
    void this.#run(slot);
  }

  async #run(slot: Slot): Promise<void> {
    const { row, startedAt } = slot;
    const ran = await this.#host.run(slot).catch((): Ran => {
      const stopped = slot.stopped ?? { outcome: "cancelled", error: "The task was stopped." };
      return { result: stopped, executionId: null, costMicros: 0 };
    });
    if (this.#running.get(row.taskId) !== slot) return;
    this.#running.delete(row.taskId);
    this.#shadows.delete(row.taskId);
    this.#leave(slot);
    // What comes after the deadline is no result any more, whether or not it was stopped in time.
    const late = isOver(slot.deadline, this.#host.now()) ? overdue : null;
    this.#host.ended({ ...ran, result: slot.stopped ?? late ?? ran.result, row, startedAt });
    this.begin();
  }

  #leave({ row }: Slot): void {
    if (row.conversation !== null) this.#queue.free(row.conversation);
  }

  #tickSoon(): void {
    if (this.#ticking || !this.busy) return;
    this.#ticking = true;
    this.#host.after(tickMs, () => {
      this.#ticking = false;
      this.tick();
    });
  }

  #endIfOverdue({ deadline, row }: Slot): boolean {
    const ends = isOver(deadline, this.#host.now());
    if (ends) this.stop(row.taskId, overdue);
    return ends;
  }

  /** Ends what is overdue, and says of what has run for a while that it does. */
  tick(): void {
    const now = this.#host.now();
    for (const slot of this.#running.values()) {
      if (this.#endIfOverdue(slot)) continue;
      if (now - slot.saidAt >= progressEveryMs) {
        slot.saidAt = now;
        this.#host.progressed(slot, slot.step);
      }
    }
    if (this.#queue.size > 0) {
      for (const taskId of this.#host.store.overdue(now)) {
        if (this.#queue.has(taskId)) this.stop(taskId, overdue);
      }
    }
    this.begin();
  }
}

const isOver = (deadline: number | null, now: number): boolean => deadline !== null && deadline <= now;

const overdue: Result = { outcome: "failed", error: "The deadline passed." };
