import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { parse, taskNamedIn } from "./parse.ts";
import type { Fields } from "./fields.ts";

const now = 1_795_262_400_000;

const message = (type: string, content: Fields, header: Fields = {}, metadata: Fields = {}): Fields => ({
  header: { source: "planner", target: "writer", type, version: "2.0.0", priority: "HIGH", ...header },
  body: {
    content,
    metadata: { sent_at: "2026-11-21T12:00:00Z", version: "2.0.0", ...metadata },
    timestamp: "2026-11-21T12:00:00Z",
  },
});

describe("a task of format 2.0.0", () => {
  it("is for the agent it names, by the id that it carries, and keeps all its fields", () => {
    const value = { ...message("TASK", { message: "Write", taskId: "t-1" }, { trace: "abc" }), extra: true };
    expect(parse(value, "tasks", now)).toMatchObject({
      kind: "task",
      address: { to: "one", id: "writer" },
      delivery: {
        taskId: "t-1",
        form: "task",
        source: "planner",
        priority: "HIGH",
        conversation: null,
        encrypted: false,
        message: { extra: true, header: { trace: "abc" } },
      },
    });
  });

  it.each(["", "*", "any", "ALL", "broadcast"])(
    "is for whoever can do it where its target is %j",
    (target) => {
      const parsed = parse(message("TASK", { message: "Sum", requires: ["sums"] }, { target }), "tasks", now);
      expect(parsed).toMatchObject({ address: { to: "anyone" }, requires: ["sums"] });
    },
  );

  it("is for whoever can do it where it has no target, or null", () => {
    for (const header of [{ target: null }, { target: undefined }]) {
      const parsed = parse(message("TASK", { message: "Sum" }, header), "tasks", now);
      expect(parsed).toMatchObject({ kind: "task", address: { to: "anyone" } });
    }
  });

  it("is refused where its id is longer than any name", () => {
    const parsed = parse(message("TASK", { message: "Sum", taskId: "t".repeat(201) }), "tasks", now);
    expect(parsed).toEqual({ kind: "malformed", reason: "its task's id has more than 200 characters" });
  });

  it("gets the same id each time where it carries none, and another than any other message", () => {
    const idOf = (value: Fields): unknown => {
      const parsed = parse(value, "tasks", now);
      return parsed.kind === "task" ? parsed.delivery.taskId : null;
    };
    const one = idOf(message("TASK", { message: "Write" }));
    expect(one).toMatch(/^made-/);
    expect(idOf(message("TASK", { message: "Write" }))).toBe(one);
    expect(idOf(message("TASK", { message: "Write!" }))).not.toBe(one);
  });

  it("says of an encrypted one only what stands outside", () => {
    const parsed = parse(message("TASK", { jwe: "a.b.c.d.e" }, {}, { task_id: "t-2" }), "tasks", now);
    expect(parsed).toMatchObject({ delivery: { taskId: "t-2", encrypted: true } });
  });

  it.each([
    [{ deadline: "2026-11-21T12:00:00Z" }, 1_795_262_400_000],
    [{ deadline: 1_795_262_400 }, 1_795_262_400_000],
    [{ deadline: 1_795_262_400_000 }, 1_795_262_400_000],
    [{ timeoutMs: 500 }, now + 500],
    [{ deadline: "soon" }, null],
    [{}, null],
  ])("has ended by its deadline: %j", (content, deadline) => {
    const parsed = parse(message("TASK", { message: "Write", ...content }), "tasks", now);
    expect(parsed).toMatchObject({ delivery: { deadline } });
  });

  it("on the channel of results is a result", () => {
    const value = message("TASK", { taskId: "t-1", status: "completed", result: { sum: 4 } });
    expect(parse(value, "results", now)).toEqual({
      kind: "result",
      taskId: "t-1",
      source: "planner",
      text: '{"sum":4}',
      failed: false,
    });
  });
});

describe("a result", () => {
  it.each([{ task_id: "t-1" }, { in_reply_to: "t-1" }])("may name its task in %j alone", (metadata) => {
    const value = message("TASK", { result: 4 }, {}, metadata);
    expect(parse(value, "results", now)).toMatchObject({ kind: "result", taskId: "t-1", text: "4" });
  });

  it("of a conversation's turn is one where it says what it answers", () => {
    const answer = message("CONVERSATION", { message: "Yes" }, {}, { in_reply_to: "turn-1" });
    expect(parse(answer, "results", now)).toMatchObject({ kind: "result", taskId: "turn-1", text: "Yes" });
    expect(parse(message("CONVERSATION", { message: "Yes" }), "results", now)).toEqual({ kind: "foreign" });
  });
});

it("the task that anything speaks of is found in either form", () => {
  expect(taskNamedIn(message("STATUS", { taskId: "t-1" }))).toBe("t-1");
  expect(taskNamedIn(message("ACKNOWLEDGMENT", {}, {}, { in_reply_to: "t-2" }))).toBe("t-2");
  expect(taskNamedIn({ taskId: 7, result: 4 })).toBe("7");
  expect(taskNamedIn({ note: "nothing" })).toBeNull();
});

describe("a conversation", () => {
  it("goes on by its id, else with whom it is", () => {
    const talk = parse(
      message("CONVERSATION", { message: "Hi", conversationId: "c-1" }),
      "coordination",
      now,
    );
    expect(talk).toMatchObject({ delivery: { form: "conversation", conversation: "c-1" } });
    const other = parse(message("CONVERSATION", { message: "Hi" }), "coordination", now);
    expect(other).toMatchObject({ delivery: { conversation: "with planner" } });
  });
});

describe("a bare task", () => {
  it("asks by its type for what somebody can do", () => {
    expect(parse({ id: 7, type: "summarise", payload: "…", colour: "red" }, "tasks", now)).toMatchObject({
      kind: "task",
      address: { to: "anyone" },
      requires: ["summarise"],
      delivery: { taskId: "7", form: "bare", priority: "MEDIUM", message: { id: 7, colour: "red" } },
    });
  });

  it("may name its agent, its priority and its deadline", () => {
    const value = { id: "b", agentId: "writer", priority: "low", payload: { timeoutMs: 10 } };
    expect(parse(value, "tasks", now)).toMatchObject({
      address: { to: "one", id: "writer" },
      requires: [],
      delivery: { priority: "LOW", deadline: now + 10 },
    });
  });
});

describe("what coordinates", () => {
  it("reads commands wherever peers put them", () => {
    expect(parse(message("SYSTEM", { command: "PING" }), "coordination", now)).toMatchObject({
      command: "ping",
    });
    expect(parse(message("SYSTEM", { message: "ping" }, { target: "*" }), "coordination", now)).toMatchObject(
      {
        command: "ping",
        address: { to: "everyone" },
      },
    );
  });

  it("reads updates of capabilities and cancellations", () => {
    const update = { type: "capability_update", agentId: "writer", capabilities: ["rhyme"] };
    expect(parse(update, "coordination", now)).toEqual({
      kind: "capabilities",
      source: "writer",
      agent: "writer",
      capabilities: ["rhyme"],
    });
    expect(parse({ type: "cancel", taskId: "t-1" }, "coordination", now)).toEqual({
      kind: "cancel",
      source: null,
      taskId: "t-1",
      agent: null,
    });
    const command = message("SYSTEM", { command: "cancel", taskId: "t-1" });
    expect(parse(command, "coordination", now)).toMatchObject({ kind: "cancel", agent: "writer" });
  });

  it("passes over what it does not know, and says what is wrong with what cannot be", () => {
    expect(parse({ type: "weather" }, "coordination", now)).toEqual({ kind: "foreign" });
    expect(parse({}, "tasks", now)).toMatchObject({ kind: "malformed" });
    expect(parse({}, "results", now)).toMatchObject({ kind: "malformed" });
    const old = message("TASK", {}, { version: "1.0.0" });
    const refused = parse(old, "tasks", now);
    expect(refused.kind === "malformed" && refused.reason).toContain("header.version");
  });

  it("never throws, whatever a message holds", () => {
    const field = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom("2.0.0", "TASK", "SYSTEM", "cancel", [], {}, null),
    );
    const names = ["header", "body", "id", "type", "payload", "capabilities", "taskId"];
    const record = fc.record(Object.fromEntries(names.map((name) => [name, field])), { requiredKeys: [] });
    fc.assert(
      fc.property(record, fc.constantFrom("coordination", "tasks", "results"), (value, role) => {
        expect(parse(value, role, now).kind).toBeTypeOf("string");
      }),
    );
  });
});
