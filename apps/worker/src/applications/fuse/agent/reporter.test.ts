import { describe, expect, it } from "vitest";
import type { AnsweredTask, Report, Summary } from "../contract.ts";
import type { TaskRow } from "../tasks/task-row.ts";
import type { Ending } from "../tasks/task-store.ts";
import { Reporter } from "./reporter.ts";
import type { Conclusion } from "./reporter.ts";

const summary = {} as Summary;

const concluded = (taskId: string, text = ""): Conclusion => {
  const answer = { taskId, value: { taskId, text }, latencyMs: 1, failed: false };
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

/** Characters of an answer that the bridge of a test takes, and of all that one call carries. */
const mostOfOne = 1_000_000;
const mostOfCall = 8_000_000;

/** A reporter with a disk of its own, a bridge that a test can cut off, and timers that a test lets come. */
function scene() {
  const disk: Ending[] = [];
  const reports: Report[] = [];
  const timers: (() => void)[] = [];
  const bridge = { away: false };
  const rows = (): { row: TaskRow; answer: string | Uint8Array }[] =>
    disk.map(({ taskId, answer }, index) => ({
      row: { taskId, seq: index + 1 } as TaskRow,
      answer: answer ?? "",
    }));
  const reporter = new Reporter({
    store: {
      end: (ending) => !disk.some(({ taskId }) => taskId === ending.taskId) && disk.push(ending) > 0,
      row: (taskId) => rows().find(({ row }) => row.taskId === taskId)?.row ?? null,
    },
    answers: {
      waiting: (after, limit, characters) => {
        let sum = 0;
        return rows()
          .filter(({ row }) => row.seq > after)
          .slice(0, limit)
          .filter(({ answer }, index) => {
            sum += answer.length;
            return index === 0 || sum <= characters;
          });
      },
      replace: (taskId, answer) => {
        const at = disk.findIndex((ending) => ending.taskId === taskId);
        disk.splice(at, 1, { ...concluded(taskId).ending, answer });
      },
    },
    report: async (report) => {
      if (bridge.away) throw new Error("the bridge is away");
      const sizes = report.answers.map((answer) => JSON.stringify(answer).length);
      if (sizes.reduce((sum, size) => sum + size, 0) > mostOfCall) throw new Error("the call is too large");
      const isTooLarge = (index: number): boolean => (sizes[index] ?? 0) > mostOfOne;
      reports.push({ ...report, answers: report.answers.filter((_, index) => !isTooLarge(index)) });
      return report.answers.filter((_, index) => isTooLarge(index)).map(({ taskId }) => taskId);
    },
    ended: () => {},
    summary: () => summary,
    reopen: async (_, kept) => JSON.parse(String(kept)) as AnsweredTask,
    refused: async ({ taskId }) => concluded(taskId, "too large"),
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

  it("is not told of a task that has ended otherwise meanwhile", async () => {
    const { reporter, disk, told } = scene();
    disk.push(concluded("a").ending);
    for (const taskId of ["a", "b"]) reporter.conclude(concluded(taskId));
    await reporter.settled();
    expect(told()).toEqual(["b"]);
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

  it("is told in as many calls as it takes, however long it is", async () => {
    const around = scene();
    const ids = Array.from({ length: 40 }, (_, index) => `t-${index}`);
    for (const id of ids) around.reporter.conclude(concluded(id, "x".repeat(900_000)));
    await around.reporter.settled();
    expect(around.told()).toEqual(ids);
    around.reports.length = 0;
    await around.reporter.again();
    expect(around.told()).toEqual(ids);
  });

  it("does not wait for an answer that the bridge refuses, in whose place that is said", async () => {
    const around = scene();
    around.disk.push(
      ...["a", "b", "c"].map((id) => concluded(id, id === "b" ? "x".repeat(2_000_000) : "").ending),
    );
    await around.reporter.again();
    expect(around.told()).toEqual(["a", "c", "b"]);
    expect(around.reporter.overfull).toBe(false);
    const kept = around.disk.find(({ taskId }) => taskId === "b")?.answer;
    expect(JSON.parse(String(kept))).toMatchObject({ value: { text: "too large" } });
    around.reporter.conclude(concluded("d", "x".repeat(2_000_000)));
    around.reporter.conclude(concluded("e"));
    await around.reporter.settled();
    expect(around.told().slice(3).toSorted()).toEqual(["d", "e"]);
    expect(around.reporter.overfull).toBe(false);
  });

  it("is not told again once its agent is no more", async () => {
    const around = scene();
    around.bridge.away = true;
    around.reporter.conclude(concluded("a"));
    await around.reporter.settled();
    around.reporter.stop();
    around.bridge.away = false;
    await around.wait();
    await around.wait();
    expect(around.told()).toEqual([]);
  });
});
