import { describe, expect, it } from "vitest";
import type { TaskDelivery } from "../contract.ts";
import { acknowledgment, answer, answered, resultContent, within } from "./build.ts";
import { answerForms } from "./shorter-answers.ts";

const task: TaskDelivery = {
  taskId: "t-1",
  form: "task",
  source: "planner",
  type: null,
  priority: "LOW",
  deadline: null,
  conversation: null,
  shadow: false,
  encrypted: false,
  message: { body: { metadata: { trace: "c-9", note: "x".repeat(100_000), last: 1 } } },
  receivedAt: 0,
};

describe("an answer that is too long", () => {
  it("is said without a plan's steps first, then without most of the metadata, then not at all", () => {
    const result = {
      outcome: "completed",
      result: "y".repeat(1_000),
      details: { steps: ["z".repeat(9_000)] },
    } as const;
    const sizes = [...answerForms(result)].map(({ result: said, room }) => {
      const content = resultContent(task, {}, said);
      return JSON.stringify(answer(task, "writer", { content, jwe: null, now: 0, room })).length;
    });
    expect(sizes).toHaveLength(4);
    expect(sizes).toEqual(sizes.toSorted((one, other) => other - one));
    expect(sizes.at(-1)).toBeLessThan(1_000);
    expect([...answerForms(result)].at(-1)?.result).toMatchObject({ outcome: "failed" });
  });

  it("of a task that failed keeps its error for as long as it can", () => {
    const forms = [...answerForms({ outcome: "failed", error: "No" })];
    expect(forms.map(({ result }) => result)).toMatchObject([
      { error: "No" },
      { error: "No" },
      { error: "The result is too large for a message." },
    ]);
  });
});

it("metadata comes back as far as there is room, and which task it is of in any case", () => {
  expect(answered(task)).toMatchObject({ note: "x".repeat(100_000), in_reply_to: "t-1" });
  expect(answered(task, 1_000)).toEqual({ trace: "c-9", last: 1, in_reply_to: "t-1" });
  expect(within({ a: 1 }, 0)).toEqual({});
  expect(JSON.stringify(acknowledgment(task, "writer", 0)).length).toBeLessThan(20_000);
});
