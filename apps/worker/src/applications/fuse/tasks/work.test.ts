import { describe, expect, it } from "vitest";
import { UnclearTask, bareContent, filledIn, workOf } from "./work.ts";
import type { Step } from "./work.ts";

describe("what a task asks for", () => {
  it.each([
    [{ message: "Write" }, "Write"],
    [{ prompt: "Write", taskId: "t" }, "Write"],
    [{ task: { description: "Write" } }, "Write"],
    [{ payload: { query: "Write" } }, "Write"],
    [{ payload: { a: 1 } }, '{"a":1}'],
    [{ numbers: [1, 2], priority: "HIGH", id: "t" }, '{"numbers":[1,2]}'],
  ])("a question: %j", (content, prompt) => {
    expect(workOf(content)).toEqual({ steps: [{ do: "prompt", name: null, prompt }], planned: false });
  });

  it("a tool", () => {
    expect(workOf({ tool: { name: "calculate", input: { expression: "1+1" } } })).toEqual({
      steps: [{ do: "tool", name: null, tool: "calculate", input: { expression: "1+1" } }],
      planned: false,
    });
  });

  it("a plan of both", () => {
    const plan = [
      { name: "sum", tool: "calculate", input: { expression: "1+1" } },
      { tool: { name: "current_time" } },
      { prompt: "Say {{steps.sum}}" },
    ];
    expect(workOf({ plan })).toEqual({
      steps: [
        { do: "tool", name: "sum", tool: "calculate", input: { expression: "1+1" } },
        { do: "tool", name: null, tool: "current_time", input: {} },
        { do: "prompt", name: null, prompt: "Say {{steps.sum}}" },
      ],
      planned: true,
    });
  });

  it.each([
    [{}],
    [{ taskId: "t" }],
    [{ message: "  " }],
    [{ tool: {} }],
    [{ plan: [] }],
    [{ plan: "x" }],
    [{ plan: [{}] }],
    [{ plan: [3] }],
    [{ plan: Array.from({ length: 33 }, () => ({ prompt: "x" })) }],
  ])("says what is unclear about %j", (content) => {
    expect(() => workOf(content)).toThrow(UnclearTask);
  });

  it("of an older peer is its payload, whatever that is", () => {
    expect(bareContent({ id: 1, payload: "Write" })).toEqual({ input: "Write" });
    expect(bareContent({ id: 1, payload: { message: "Write" } })).toEqual({ message: "Write" });
    expect(bareContent({ id: 1, message: "Write" })).toEqual({ id: 1, message: "Write" });
  });
});

describe("a step of a plan", () => {
  const outputs = [
    { name: "sum", output: { value: 4, list: ["a"] } },
    { name: null, output: "text" },
  ];
  const tool = (input: unknown): Step => ({ do: "tool", name: null, tool: "x", input });
  const prompt = (text: string): Step => ({ do: "prompt", name: null, prompt: text });

  it("uses what earlier ones gave, whole or within a text", () => {
    expect(filledIn(tool({ a: "{{steps.sum}}", b: ["{{ steps.1 }}!"] }), outputs)).toEqual(
      tool({ a: { value: 4, list: ["a"] }, b: ["text!"] }),
    );
    expect(filledIn(tool("{{steps.sum.value}}"), outputs)).toEqual(tool(4));
    expect(filledIn(prompt("{{steps.sum.list.0}} and {{steps.0}}"), outputs)).toEqual(
      prompt('a and {"value":4,"list":["a"]}'),
    );
  });

  it("puts an output in as it is, be there placeholders in it or not", () => {
    const sly = [{ name: null, output: "{{steps.0}}" }];
    expect(filledIn(prompt("Say {{steps.0}}."), sly)).toEqual(prompt("Say {{steps.0}}."));
  });

  it.each(["{{steps.9}}", "{{steps.none}}", "{{steps.sum.none}}", "Say {{steps.sum.value.deep}}"])(
    "cannot use %s, which is not there",
    (text) => {
      expect(() => filledIn(prompt(text), outputs)).toThrow(UnclearTask);
    },
  );
});
