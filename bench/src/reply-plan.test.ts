import { describe, expect, test } from "vitest";
import { answerTo, hasToolResult, lastInput, planOf, toolArguments } from "./reply-plan.ts";

describe("a model's name", () => {
  test.each([
    ["mock-50x0", { tokens: 50, everyMs: 0, firstMs: 0, tool: null }],
    ["slow-200x20", { tokens: 200, everyMs: 20, firstMs: 0, tool: null }],
    ["slow-200x20+500", { tokens: 200, everyMs: 20, firstMs: 500, tool: null }],
    ["mock-5x1:calculate", { tokens: 5, everyMs: 1, firstMs: 0, tool: "calculate" }],
    ["a.b-1x2+3:read_document", { tokens: 1, everyMs: 2, firstMs: 3, tool: "read_document" }],
  ])("%s is the plan of its answers", (model, plan) => {
    expect(planOf(model)).toEqual(plan);
  });

  test.each(["gpt-5", "mock", "mock-50", "mock-50x", "mock-x0", "mock-50x0:", "mock-50x0+", ""])(
    "%j is no plan",
    (model) => {
      expect(planOf(model)).toBeNull();
    },
  );
});

describe("an answer", () => {
  test("is the same for the same input, and another for another", () => {
    expect(answerTo("one", 3)).toBe(answerTo("one", 3));
    expect(answerTo("one", 3)).not.toBe(answerTo("two", 3));
  });

  test("numbers its tokens, so that a missing or repeated one shows", () => {
    expect(answerTo("one", 3)).toMatch(/^([0-9a-f]{8})\.0 \1\.1 \1\.2 $/);
  });
});

describe("a request", () => {
  const user = { role: "user", content: "What is it?" };

  test("is answered for the last thing the user said, in either form of content", () => {
    const later = {
      role: "user",
      content: [
        { type: "text", text: "And " },
        { type: "text", text: "now?" },
      ],
    };
    expect(lastInput([user, { role: "assistant", content: "It." }, later])).toBe("And now?");
  });

  test("has a tool's result only where one came after the user spoke", () => {
    const result = { role: "tool", content: "4" };
    expect(hasToolResult([user, { role: "assistant" }, result])).toBe(true);
    expect(hasToolResult([user, { role: "assistant" }, result, user])).toBe(false);
  });

  test("may carry the arguments of the call it asks for", () => {
    expect(toolArguments('Add them. args: {"expression": "1+1"}')).toBe('{"expression": "1+1"}');
    expect(toolArguments("Add them.")).toBe("{}");
  });
});
