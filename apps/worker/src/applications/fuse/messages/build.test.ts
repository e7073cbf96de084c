import { describe, expect, it } from "vitest";
import { FuseMessage } from "@orrery/protocol";
import type { TaskDelivery } from "../contract.ts";
import { acknowledgment, answer, plainAnswer, resultContent } from "./build.ts";

const now = Date.parse("2026-11-21T12:00:00Z");

const task = (change: Partial<TaskDelivery> = {}): TaskDelivery => ({
  taskId: "t-1",
  form: "task",
  source: "planner",
  type: null,
  priority: "LOW",
  deadline: null,
  conversation: null,
  shadow: false,
  encrypted: false,
  message: { body: { metadata: { sent_at: "before", version: "1", correlation: "c-9" } } },
  receivedAt: now,
  ...change,
});

describe("an answer", () => {
  it("goes back to who asked, with what traces the question", () => {
    const content = resultContent(task(), {}, { outcome: "completed", result: "Done" });
    const value = answer(task(), "writer", { content, jwe: null, now });
    expect(FuseMessage.safeParse(value).success).toBe(true);
    expect(value).toEqual({
      header: { source: "writer", target: "planner", type: "TASK", version: "2.0.0", priority: "LOW" },
      body: {
        content: { message: "Done", taskId: "t-1", status: "completed", result: "Done" },
        metadata: {
          sent_at: "2026-11-21T12:00:00.000Z",
          version: "2.0.0",
          correlation: "c-9",
          in_reply_to: "t-1",
        },
        timestamp: "2026-11-21T12:00:00.000Z",
      },
    });
  });

  it("names the task as its asker did, inside of what is encrypted", () => {
    const content = resultContent(
      task({ taskId: "made-1" }),
      { taskId: "own" },
      { outcome: "failed", error: "No" },
    );
    expect(content).toEqual({ message: "No", taskId: "own", status: "failed", error: "No" });
  });

  it("of an older peer is what it knows, with its own id as it wrote it", () => {
    const bare = task({ form: "bare", taskId: "7", message: { id: 7 } });
    const said = (result: Parameters<typeof resultContent>[2], jwe: string | null = null) =>
      answer(bare, "writer", { content: resultContent(bare, {}, result), jwe, now });
    expect(said({ outcome: "completed", result: { sum: 4 } })).toEqual({ taskId: 7, result: { sum: 4 } });
    expect(said({ outcome: "cancelled", error: "Stopped" })).toEqual({ taskId: 7, error: "Stopped" });
    expect(said({ outcome: "completed", result: 4 }, "a.b")).toEqual({ taskId: 7, result: { jwe: "a.b" } });
    expect(said({ outcome: "failed", error: "No" }, "a.b")).toEqual({ taskId: 7, error: { jwe: "a.b" } });
    const content = resultContent(bare, {}, { outcome: "completed", result: { sum: 4 } });
    expect(plainAnswer(bare, content)).toEqual({ sum: 4 });
  });

  it("goes on in the conversation", () => {
    const talk = task({ form: "conversation", conversation: "c-1" });
    const content = resultContent(talk, { conversationId: "c-1" }, { outcome: "completed", result: "Yes" });
    expect(content).toEqual({ message: "Yes", conversationId: "c-1" });
    expect(answer(talk, "writer", { content, jwe: null, now })).toMatchObject({
      header: { type: "CONVERSATION" },
    });
  });

  it("hides all it holds where it is encrypted", () => {
    const content = resultContent(task(), {}, { outcome: "completed", result: "secret" });
    const value = answer(task(), "writer", { content, jwe: "a.b.c", now });
    expect(JSON.stringify(value)).not.toContain("secret");
  });
});

it("an acknowledgment says which task was accepted", () => {
  expect(acknowledgment(task(), "writer", now)).toMatchObject({
    header: { source: "writer", target: "planner", type: "ACKNOWLEDGMENT", priority: "LOW" },
    body: { content: { taskId: "t-1", status: "accepted" }, metadata: { in_reply_to: "t-1" } },
  });
});
