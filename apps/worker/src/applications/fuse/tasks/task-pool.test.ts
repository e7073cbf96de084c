import { beforeEach, describe, expect, it } from "vitest";
import type { Result } from "../messages/build.ts";
import { TaskPool, concurrency, progressAfterMs, progressEveryMs } from "./task-pool.ts";
import type { Ended, Ran, Running } from "./task-pool.ts";
import type { TaskRow } from "./task-row.ts";

const done: Ran = { result: { outcome: "completed", result: "ok" }, executionId: "e", costMicros: 1 };
const cancelled: Result = { outcome: "cancelled", error: "Stopped" };

/** A pool whose time, timers and work are a test's. */
function scene() {
  const rows = new Map<string, TaskRow>();
  const ended: Ended[] = [];
  const progressed: string[] = [];
  const working = new Map<string, { running: Running; finish: (ran: Ran) => void }>();
  const at = { now: 0, held: false };
  let tick: (() => void) | null = null;
  const pool = new TaskPool({
    store: {
      row: (id) => rows.get(id) ?? null,
      overdue: (now) =>
        [...rows.values()]
          .filter(({ deadline }) => deadline !== null && deadline <= now)
          .map(({ taskId }) => taskId),
    },
    now: () => at.now,
    after: (_, work) => (tick = work),
    held: () => at.held,
    run: (running) =>
      new Promise((resolve, reject) => {
        running.signal.addEventListener("abort", () => reject(new Error("stopped")));
        working.set(running.row.taskId, { running, finish: resolve });
      }),
    ended: (one) => {
      rows.delete(one.row.taskId);
      ended.push(one);
    },
    progressed: ({ row }, step) =>
      progressed.push(step ? `${row.taskId} ${step.done}/${step.of}` : row.taskId),
  });
  return {
    pool,
    at,
    ended,
    progressed,
    working,
    add(taskId: string, change: Partial<TaskRow> = {}): void {
      const row: TaskRow = {
        seq: rows.size + ended.length,
        taskId,
        form: "task",
        source: "planner",
        type: null,
        priority: "MEDIUM",
        status: "queued",
        shadow: false,
        encrypted: false,
        sealsAnswer: false,
        attempt: 0,
        conversation: null,
        deadline: null,
        acceptedAt: at.now,
        startedAt: null,
        endedAt: null,
        publishedAt: null,
        executionId: null,
        error: null,
        ...change,
      };
      rows.set(taskId, row);
      pool.add(row, true);
    },
    /** Lets time pass, a look at a time. */
    pass(milliseconds: number): void {
      for (let left = milliseconds; left > 0; left -= 1_000) {
        at.now += Math.min(left, 1_000);
        const due = tick;
        tick = null;
        due?.();
      }
    },
    async finish(taskId: string, ran = done): Promise<void> {
      working.get(taskId)?.finish(ran);
      await settled();
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let around: ReturnType<typeof scene>;
beforeEach(() => {
  around = scene();
});

describe("the tasks of an agent", () => {
  it("run so many at once, and the next as one ends", async () => {
    const { pool, working } = around;
    for (let index = 0; index < concurrency + 2; index += 1) around.add(`t-${index}`);
    pool.begin();
    expect([pool.running, pool.queued]).toEqual([concurrency, 2]);
    await around.finish("t-3");
    expect(working.has(`t-${concurrency}`)).toBe(true);
    expect([pool.running, pool.queued]).toEqual([concurrency, 1]);
  });

  it("do not begin while they are held, and do once they are not", () => {
    around.at.held = true;
    around.add("t");
    around.pool.begin();
    expect(around.pool.running).toBe(0);
    around.at.held = false;
    around.pass(1_000);
    expect(around.pool.running).toBe(1);
  });

  it("end once, as they were stopped, although their work ends afterwards", async () => {
    around.add("t");
    around.pool.begin();
    expect(around.pool.stop("t", cancelled)).toBe(true);
    expect(around.pool.stop("t", { outcome: "failed", error: "other" })).toBe(true);
    await around.finish("t");
    expect(around.ended.map(({ result }) => result)).toEqual([cancelled]);
    expect(around.pool.stop("t", cancelled)).toBe(false);
  });

  it("end before they began where they were stopped while waiting", () => {
    around.at.held = true;
    around.add("t");
    expect(around.pool.stop("t", cancelled)).toBe(true);
    expect(around.ended).toMatchObject([{ result: cancelled, startedAt: null }]);
    expect(around.pool.busy).toBe(false);
  });

  it("fail at their deadline, whether they wait or run, or say only then when it is", async () => {
    around.add("runs", { deadline: 5_000 });
    around.pool.begin();
    around.at.held = true;
    around.add("waits", { deadline: 5_000 });
    around.pass(6_000);
    await settled();
    const error = "The deadline passed.";
    expect(around.ended.map(({ row, result }) => [row.taskId, result])).toEqual([
      ["waits", { outcome: "failed", error }],
      ["runs", { outcome: "failed", error }],
    ]);
    around.at.held = false;
    around.add("says");
    around.pool.begin();
    around.working.get("says")?.running.endBy(around.at.now);
    await settled();
    expect(around.ended.at(-1)).toMatchObject({ row: { taskId: "says" }, result: { outcome: "failed" } });
  });

  it("fail at once where their deadline had passed when they came, and make way for those behind them", () => {
    around.at.now = 10_000;
    around.add("late", { deadline: 9_000, conversation: "c" });
    around.add("behind", { conversation: "c" });
    around.pool.begin();
    expect(around.working.has("late")).toBe(false);
    expect(around.ended).toMatchObject([{ row: { taskId: "late" }, result: { outcome: "failed" } }]);
    expect(around.working.has("behind")).toBe(true);
  });

  it("fail where they are done after their deadline, before anybody looked", async () => {
    around.add("t", { deadline: 500 });
    around.pool.begin();
    around.at.now = 600;
    await around.finish("t");
    expect(around.ended).toMatchObject([{ result: { outcome: "failed", error: "The deadline passed." } }]);
  });

  it("say that they run after a while, and then now and then", () => {
    around.add("t");
    around.pool.begin();
    around.pass(progressAfterMs - 1);
    expect(around.progressed).toEqual([]);
    around.pass(1_000);
    expect(around.progressed).toEqual(["t"]);
    around.working.get("t")?.running.progress({ done: 1, of: 3 });
    around.pass(progressEveryMs + 1_000);
    expect(around.progressed).toEqual(["t", "t 1/3"]);
  });

  it("are not heard of any more once they are somebody else's", async () => {
    around.add("runs", { conversation: "c" });
    around.add("behind", { conversation: "c" });
    around.pool.begin();
    around.pool.drop("runs");
    around.pool.begin();
    expect(around.working.has("behind")).toBe(true);
    await around.finish("runs");
    expect(around.ended).toEqual([]);
  });
});
