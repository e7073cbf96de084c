/**
 * The order in which an agent's tasks begin: by priority, with ageing. A task's place is
 *
 *     place = acceptedAt − level × agePeriod,    LOW 0, MEDIUM 1, HIGH 2
 *
 * and the smallest place comes first. A higher level is worth one period of waiting, no more: whatever arrives more
 * than two periods after a LOW task begins after it, so nothing starves, however much HIGH there is. Places never
 * change while tasks wait, so a heap holds them.
 */
import type { FusePriority } from "@orrery/protocol";

/** Milliseconds of waiting that one level of priority is worth. */
export const agePeriodMs = 30_000;

const levels: Record<FusePriority, number> = { LOW: 0, MEDIUM: 1, HIGH: 2 };

/** What a level is worth without ageing: more milliseconds than anything waits. */
const foreverMs = 1_000_000_000_000_000;

/** Where a task stands; smaller begins earlier. Without `ageing`, no waiting makes up for a level. */
export const placeOf = (priority: FusePriority, acceptedAt: number, ageing = true): number =>
  acceptedAt - levels[priority] * (ageing ? agePeriodMs : foreverMs);

/** What the queue knows of a task; the rest lies on disk until it begins. */
export interface Waiting {
  readonly taskId: string;
  readonly place: number;
  /** Grows with each acceptance: decides between equal places. */
  readonly seq: number;
  /** Tasks of one lane begin in the order they came, one at a time. */
  readonly lane: string | null;
}

const before = (one: Waiting, other: Waiting): boolean =>
  one.place < other.place || (one.place === other.place && one.seq < other.seq);

/** A binary heap, and lanes in which tasks wait for their predecessor. */
export class TaskQueue {
  readonly #heap: Waiting[] = [];
  /** Tasks that are in the queue and were not withdrawn. */
  readonly #waiting = new Set<string>();
  /** Lanes of which a task is in the heap or runs, with those behind it. */
  readonly #lanes = new Map<string, Waiting[]>();

  get size(): number {
    return this.#waiting.size;
  }

  has(taskId: string): boolean {
    return this.#waiting.has(taskId);
  }

  add(task: Waiting): void {
    this.#waiting.add(task.taskId);
    if (task.lane === null) {
      this.#push(task);
      return;
    }
    const behind = this.#lanes.get(task.lane);
    if (behind) behind.push(task);
    else {
      this.#lanes.set(task.lane, []);
      this.#push(task);
    }
  }

  /** Takes out the task that is to begin now. Whoever takes one of a lane says {@link free} when it has ended. */
  take(): Waiting | undefined {
    for (let first = this.#pop(); first !== undefined; first = this.#pop()) {
      if (this.#waiting.delete(first.taskId)) return first;
      if (first.lane !== null) this.free(first.lane);
    }
    return undefined;
  }

  /** A task of the lane has ended: the next may begin. */
  free(lane: string): void {
    const behind = this.#lanes.get(lane);
    const next = behind?.shift();
    if (next === undefined) this.#lanes.delete(lane);
    else this.#push(next);
  }

  /** Takes out a task that has not begun; false where it is not waiting. */
  withdraw(taskId: string): boolean {
    return this.#waiting.delete(taskId);
  }

  #push(task: Waiting): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(task);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(task, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = task;
  }

  #pop(): Waiting | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const child = right !== undefined && left !== undefined && before(right, left) ? right : left;
      if (child === undefined || !before(child, last)) break;
      heap[at] = child;
      at = child === right ? 2 * at + 2 : 2 * at + 1;
    }
    heap[at] = last;
    return first;
  }
}
