import { beforeEach, describe, expect, test } from "vitest";
import { durableStore } from "../../../../test/redis/ownership/durable-store.ts";
import { ShadowBook } from "./shadow-book.ts";
import { migrateStore } from "./store.ts";

const minute = 60_000;
let now: number;
let book: ShadowBook;
beforeEach(() => {
  now = Date.UTC(2026, 10, 21);
  const { sql } = durableStore();
  migrateStore(sql);
  book = new ShadowBook(sql, () => now);
});

const theirs = (taskId: string, text: string, { latencyMs = 900, failed = false } = {}) =>
  book.theirs("planner", taskId, { text, failed, receivedAt: now + latencyMs, askedAt: now });
const ours = (
  taskId: string,
  text: string | null,
  { latencyMs = 300, failed = false, costMicros = 7 } = {},
) => book.ours("planner", { taskId, text, outcome: failed ? "failed" : "completed", latencyMs, costMicros });
const all = () => book.differences("planner", { limit: 100 }).items;

describe("results of both sides", () => {
  test.each(["theirs first", "ours first"])("are compared once both are there: %s", (order) => {
    if (order === "theirs first") theirs("t", "The ferry leaves at nine");
    ours("t", "The ferry leaves at ten");
    if (order === "ours first") theirs("t", "The ferry leaves at nine");
    expect(all()).toEqual([
      {
        taskId: "t",
        same: false,
        similarity: 0.8,
        legacy: { preview: "The ferry leaves at nine", latencyMs: 900 },
        orrery: { preview: "The ferry leaves at ten", latencyMs: 300, costMicros: 7 },
        at: "2026-11-21T00:00:00.000Z",
      },
    ]);
    expect(book.counts("planner")).toEqual({
      compared: 1,
      different: 1,
      legacyMs: 900,
      orreryMs: 300,
      costMicros: 7,
    });
  });

  test("are different where one of them failed, whatever they say", () => {
    theirs("t", "No such room");
    ours("t", "No such room", { failed: true });
    expect(all()).toMatchObject([{ same: false, similarity: 0 }]);
  });

  test("that failed alike are the same", () => {
    theirs("t", "No such room", { failed: true });
    ours("t", "No  such room", { failed: true });
    expect(all()).toMatchObject([{ same: true, similarity: 1 }]);
  });

  test("that are not to be seen are paid for, and not compared", () => {
    ours("t", null, { costMicros: 40 });
    expect([all(), book.counts("planner")]).toMatchObject([[], { compared: 0, costMicros: 40 }]);
  });

  test("that come twice count once", () => {
    theirs("t", "one");
    theirs("t", "two");
    ours("t", "one");
    expect(all()).toMatchObject([{ same: true, legacy: { preview: "one" } }]);
  });

  test("wait for a quarter of an hour, and no longer", () => {
    theirs("late", "one");
    now += 14 * minute;
    theirs("in time", "one");
    now += 2 * minute;
    book.tidy();
    ours("late", "one");
    ours("in time", "one");
    expect(all().map(({ taskId }) => taskId)).toEqual(["in time"]);
  });
});

test("each agent keeps its last 500 comparisons, and counts them all", () => {
  for (let task = 0; task < 520; task++) {
    theirs(`t-${task}`, "same", { latencyMs: task });
    ours(`t-${task}`, "same", { latencyMs: 2 * task });
  }
  expect(book.counts("planner")).toMatchObject({
    compared: 520,
    different: 0,
    legacyMs: 269.5,
    orreryMs: 539,
  });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: ReturnType<ShadowBook["differences"]> = book.differences("planner", {
      limit: 100,
      ...(cursor !== null && { cursor }),
    });
    seen.push(...page.items.map(({ taskId }) => taskId));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect([seen.length, seen[0], seen.at(-1)]).toEqual([500, "t-519", "t-20"]);
  expect(book.differences("another", { limit: 10 })).toEqual({ items: [], nextCursor: null });
});

test("no more than a thousand results of an agent wait for their counterpart", () => {
  for (let task = 0; task < 1_100; task++) {
    now += 1;
    theirs(`t-${task}`, "same");
  }
  book.tidy();
  ours("t-99", "same");
  ours("t-100", "same");
  expect(all().map(({ taskId }) => taskId)).toEqual(["t-100"]);
});
