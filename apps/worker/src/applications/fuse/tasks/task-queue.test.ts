import { FusePriority } from "@orrery/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TaskQueue, agePeriodMs, placeOf } from "./task-queue.ts";

interface Arrival {
  priority: FusePriority;
  /** Milliseconds after the one before it. */
  gap: number;
  lane: string | null;
}

const arrival: fc.Arbitrary<Arrival> = fc.record({
  priority: fc.constantFrom(...FusePriority.options),
  gap: fc.integer({ min: 0, max: agePeriodMs / 2 }),
  lane: fc.option(fc.constantFrom("a", "b"), { freq: 4 }),
});

/** Tasks arrive while `rate` of them are taken for each that comes; the order in which they begin. */
function beginnings(arrivals: readonly Arrival[], held: number): { index: number; at: number }[] {
  const queue = new TaskQueue();
  const begun: { index: number; at: number }[] = [];
  let now = 0;
  const take = (): void => {
    const task = queue.take();
    if (!task) return;
    begun.push({ index: Number(task.taskId), at: now });
    if (task.lane !== null) queue.free(task.lane);
  };
  for (const [index, { priority, gap, lane }] of arrivals.entries()) {
    now += gap;
    queue.add({ taskId: String(index), place: placeOf(priority, now), seq: index, lane });
    if (queue.size > held) take();
  }
  while (queue.size > 0) take();
  return begun;
}

describe("the queue of an agent's tasks", () => {
  it("begins each task once", () => {
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 200 }), fc.nat(20), (arrivals, held) => {
        const begun = beginnings(arrivals, held).map(({ index }) => index);
        expect(begun.toSorted((one, other) => one - other)).toEqual(arrivals.map((_, index) => index));
      }),
    );
  });

  it("starves nothing: no task is overtaken by one that came more than two periods after it", () => {
    const alone = arrival.map((one) => ({ ...one, lane: null }));
    fc.assert(
      fc.property(fc.array(alone, { maxLength: 200 }), fc.nat(50), (arrivals, held) => {
        let now = 0;
        const times = arrivals.map(({ gap }) => (now += gap));
        const order = beginnings(arrivals, held).map(({ index }) => index);
        const begunAt = new Map(order.map((index, position) => [index, position]));
        for (const [early, earlyAt] of times.entries()) {
          for (const [late, lateAt] of times.entries()) {
            if (lateAt - earlyAt <= 2 * agePeriodMs) continue;
            expect(begunAt.get(early)).toBeLessThan(begunAt.get(late) ?? -1);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it("begins what came at one time by priority, and equals in the order they came", () => {
    const queue = new TaskQueue();
    for (const [seq, priority] of (["LOW", "HIGH", "MEDIUM", "HIGH", "LOW"] as const).entries()) {
      queue.add({ taskId: `${priority}-${seq}`, place: placeOf(priority, 1_000), seq, lane: null });
    }
    const order = Array.from({ length: 5 }, () => queue.take()?.taskId);
    expect(order).toEqual(["HIGH-1", "HIGH-3", "MEDIUM-2", "LOW-0", "LOW-4"]);
  });

  it("lets a LOW task that waited two periods begin before a HIGH one that comes now", () => {
    const queue = new TaskQueue();
    queue.add({ taskId: "fresh", place: placeOf("HIGH", 2 * agePeriodMs + 1), seq: 1, lane: null });
    queue.add({ taskId: "old", place: placeOf("LOW", 0), seq: 0, lane: null });
    expect(queue.take()?.taskId).toBe("old");
  });

  it("lets nothing overtake a higher level where ageing is off", () => {
    const queue = new TaskQueue();
    queue.add({ taskId: "old", place: placeOf("LOW", 0, false), seq: 0, lane: null });
    queue.add({ taskId: "fresh", place: placeOf("HIGH", Date.now(), false), seq: 1, lane: null });
    queue.add({ taskId: "later", place: placeOf("HIGH", Date.now() + 1, false), seq: 2, lane: null });
    expect([queue.take()?.taskId, queue.take()?.taskId, queue.take()?.taskId]).toEqual([
      "fresh",
      "later",
      "old",
    ]);
  });

  it("keeps the order of a lane whatever the priorities say, one at a time", () => {
    const queue = new TaskQueue();
    queue.add({ taskId: "first", place: placeOf("LOW", 0), seq: 0, lane: "talk" });
    queue.add({ taskId: "second", place: placeOf("HIGH", 0), seq: 1, lane: "talk" });
    expect(queue.take()?.taskId).toBe("first");
    expect(queue.take()).toBeUndefined();
    queue.free("talk");
    expect(queue.take()?.taskId).toBe("second");
  });

  it("goes on in a lane whose waiting task was withdrawn", () => {
    const queue = new TaskQueue();
    for (const [seq, taskId] of ["first", "second", "third"].entries()) {
      queue.add({ taskId, place: 0, seq, lane: "talk" });
    }
    expect(queue.withdraw("first")).toBe(true);
    expect(queue.withdraw("second")).toBe(true);
    expect(queue.take()?.taskId).toBe("third");
    expect(queue.withdraw("third")).toBe(false);
  });
});
