/** What an agent keeps of its tasks, on a real SQLite; tables that an earlier version made among them. */
import { beforeEach, describe, expect, it } from "vitest";
import { durableStore } from "../../../../test/redis/ownership/durable-store.ts";
import type { TaskDelivery } from "../contract.ts";
import { AnswerStore } from "./answer-store.ts";
import { Conversations } from "./conversations.ts";
import { GivenUpTasks } from "./given-up-tasks.ts";
import { TaskStore } from "./task-store.ts";

const day = 86_400_000;

const delivery = (taskId: string, change: Partial<TaskDelivery> = {}): TaskDelivery => ({
  taskId,
  form: "bare",
  source: "planner",
  type: null,
  priority: "MEDIUM",
  deadline: null,
  conversation: null,
  shadow: false,
  encrypted: false,
  message: {},
  receivedAt: 1,
  ...change,
});

let sql: SqlStorage;
let store: TaskStore;
let answers: AnswerStore;
let givenUp: GivenUpTasks;
beforeEach(() => {
  ({ sql } = durableStore());
  store = new TaskStore(sql);
  answers = new AnswerStore(sql);
  givenUp = new GivenUpTasks(sql);
});

function answer(taskId: string, text: string): void {
  store.insert(delivery(taskId), "{}");
  const ending = { taskId, status: "completed", executionId: null, error: null, startedAt: 1 } as const;
  store.end({ ...ending, endedAt: 2, answer: text });
}

it("a task ends once, and not any more when it was given up", () => {
  store.migrate();
  answer("a", "first");
  const ending = { taskId: "a", status: "failed", executionId: null, error: null, startedAt: 1 } as const;
  expect(store.end({ ...ending, endedAt: 3, answer: "second" })).toBe(false);
  expect([store.row("a")?.status, answers.of("a")]).toEqual(["completed", "first"]);
  store.insert(delivery("b"), "{}");
  givenUp.give(["b"], 2);
  expect(store.end({ ...ending, taskId: "b", endedAt: 3, answer: "late" })).toBe(false);
  expect([store.row("b")?.status, answers.of("b")]).toEqual(["handed-back", null]);
});

describe("answers that wait", () => {
  it("are read as many at once as are not too long together, and one in any case", () => {
    store.migrate();
    for (const id of ["a", "b", "c", "d"]) answer(id, id.repeat(id === "c" ? 100 : 10));
    const read = (after: number) =>
      answers.waiting(after, 10, 30).map(({ row }) => ({ id: row.taskId, seq: row.seq }));
    const first = read(0);
    expect(first.map(({ id }) => id)).toEqual(["a", "b"]);
    const second = read(first.at(-1)?.seq ?? 0);
    expect(second.map(({ id }) => id)).toEqual(["c"]);
    expect(read(second.at(-1)?.seq ?? 0).map(({ id }) => id)).toEqual(["d"]);
  });

  it("make way for what is said in their place", () => {
    store.migrate();
    answer("a", "too long");
    answers.replace("a", "shorter", "It was too long.");
    expect([answers.of("a"), store.row("a")?.status, store.row("a")?.error]).toEqual([
      "shorter",
      "failed",
      "It was too long.",
    ]);
  });
});

describe("a task that was given up", () => {
  beforeEach(() => {
    store.migrate();
    store.insert(delivery("t"), "first");
  });

  it("is taken up again when it comes back, once by each hand-off, and counts how often", () => {
    expect(givenUp.revive(delivery("t", { handOff: "h-2" }), "second")).toBeNull();
    givenUp.give(["t"], 2, "h-1");
    expect(givenUp.leftBy("t")).toBe("h-1");
    expect(givenUp.revive(delivery("t", { handOff: "h-2" }), "second")).toMatchObject({ attempt: 1 });
    expect(store.message("t")).toBe("second");
    givenUp.give(["t"], 3, "h-3");
    expect(givenUp.revive(delivery("t", { handOff: "h-2" }), "again")).toBeNull();
    expect(givenUp.revive(delivery("t"), "third")).toMatchObject({ attempt: 2, status: "queued" });
  });

  it("waits for the existing agent's channel, unless a hand-off has it on its way", () => {
    store.insert(delivery("u"), "x".repeat(50));
    store.insert(delivery("v"), "x".repeat(50));
    givenUp.give(["t"], 2, "h-1");
    givenUp.give(["u", "v"], 2);
    expect(givenUp.waiting(0, 10, 60).map(({ taskId }) => taskId)).toEqual(["u"]);
    expect(givenUp.waiting(0, 10, 200).map(({ taskId }) => taskId)).toEqual(["u", "v"]);
    expect(store.remaining).toBe(3);
    givenUp.arrived(["t", "u", "v"]);
    expect(store.remaining).toBe(0);
  });
});

it("tables that an earlier version made are read as they are, and go on", () => {
  sql.exec(`
    CREATE TABLE tasks (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL UNIQUE, form TEXT NOT NULL, source TEXT, type TEXT,
      priority TEXT NOT NULL, status TEXT NOT NULL, shadow INTEGER NOT NULL, encrypted INTEGER NOT NULL,
      conversation TEXT, deadline INTEGER, accepted_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER,
      published_at INTEGER, execution_id TEXT, error TEXT, fenced INTEGER NOT NULL DEFAULT 0, message, answer);
    INSERT INTO tasks (task_id, form, priority, status, shadow, encrypted, accepted_at, message)
      VALUES ('old', 'bare', 'LOW', 'queued', 0, 0, 5, '{}');
    CREATE TABLE conversations (id TEXT PRIMARY KEY, session_id TEXT NOT NULL) WITHOUT ROWID;
    INSERT INTO conversations VALUES ('c', 's')`);
  for (let time = 0; time < 2; time += 1) store.migrate();
  expect(store.unfinished()).toMatchObject([{ taskId: "old", attempt: 0, sealsAnswer: false }]);
  expect(store.insert(delivery("new", { sealsAnswer: true }), "{}")).toBe(2);
  expect(store.row("new")).toMatchObject({ sealsAnswer: true });
  const now = { at: 100 * day };
  const conversations = new Conversations(sql, () => now.at);
  for (let time = 0; time < 2; time += 1) conversations.migrate();
  expect(conversations.session("c")).toBe("s");
  conversations.sweep();
  expect(conversations.session("c")).toBe("s");
});

it("a conversation with which nobody goes on is forgotten, and one that goes on is not", () => {
  const now = { at: 0 };
  const conversations = new Conversations(sql, () => now.at);
  conversations.migrate();
  conversations.keep("left", "s-1");
  conversations.keep("lively", "s-2");
  for (; now.at < 40 * day; now.at += 5 * day) {
    conversations.keep("lively", "s-2");
    conversations.sweep();
  }
  expect(conversations.session("lively")).toBe("s-2");
  expect(conversations.session("left")).toBeUndefined();
});
