import { describe, expect, it } from "vitest";
import type { AnsweredTask, Report, Summary } from "../contract.ts";
import type { Ending, TaskRow, TaskStore } from "../tasks/task-store.ts";
import { Reporter } from "./reporter.ts";
import type { Conclusion } from "./reporter.ts";

const summary = {} as Summary;

const concluded = (taskId: string): Conclusion => {
  const answer = { taskId, value: { taskId }, latencyMs: 1, failed: false };
  const ending = {
    taskId,
    status: "completed",
    executionId: null,
    error: null,
    startedAt: 0,
    endedAt: 1,
    answer: JSON.stringify(answer),
  } as const;
  return { ending, answer, shadow: null };
};

/** A reporter with a disk of its own, a bridge that a test can cut off, and timers that a test lets come. */
function scene() {
  const disk: Ending[] = [];
  const reports: Report[] = [];
  const timers: (() => void)[] = [];
  const bridge = { away: false };
  const store = {
    end: (ending: Ending) => void disk.push(ending),
    unanswered: (after: number, limit: number) =>
      disk
        .map(({ taskId, answer }, index) => ({
          row: { taskId, seq: index + 1 } as TaskRow,
          answer: answer ?? "",
        }))
        .filter(({ row }) => row.seq > after)
        .slice(0, limit),
  } as Partial<TaskStore> as TaskStore;
  const reporter = new Reporter({
    store,
    report: async (report) => {
      if (bridge.away) throw new Error("the bridge is away");
      reports.push(report);
    },
    ended: () => {},
    summary: () => summary,
    reopen: async (_, kept) => JSON.parse(String(kept)) as AnsweredTask,
    after: (_, work) => void timers.push(work),
  });
  return {
    reporter,
    reports,
    bridge,
    disk,
    told: () => reports.flatMap(({ answers }) => answers.map(({ taskId }) => taskId)),
    async wait(): Promise<void> {
      for (const work of timers.splice(0)) work();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe("what an agent has to say", () => {
  it("is on disk before it is told, and told together where it ends together", async () => {
    const { reporter, reports, disk } = scene();
    reporter.conclude(concluded("a"));
    reporter.conclude(concluded("b"));
    await reporter.settled();
    expect(disk.map(({ taskId }) => taskId)).toEqual(["a", "b"]);
    expect(reports).toHaveLength(1);
  });

  it("is told again until the bridge takes it, and holds further tasks up meanwhile", async () => {
    const around = scene();
    around.bridge.away = true;
    around.reporter.conclude(concluded("a"));
    await around.reporter.settled();
    expect(around.reporter.overfull).toBe(true);
    await around.wait();
    expect(around.told()).toEqual([]);
    around.bridge.away = false;
    around.reporter.conclude(concluded("b"));
    await around.wait();
    expect(new Set(around.told())).toEqual(new Set(["a", "b"]));
    expect(around.reporter.overfull).toBe(false);
  });

  it("is told again after a restart, all of it however much there is, or what is asked for", async () => {
    const around = scene();
    around.disk.push(...Array.from({ length: 450 }, (_, index) => concluded(`t-${index}`).ending));
    await around.reporter.again();
    expect(around.told()).toHaveLength(450);
    around.reports.length = 0;
    await around.reporter.again(["t-7", "t-300"]);
    expect(around.told()).toEqual(["t-7", "t-300"]);
  });
});
