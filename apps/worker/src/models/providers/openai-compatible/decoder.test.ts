import { describe, expect, it } from "vitest";
import type { ProviderEvent } from "../../contract.ts";
import { ChatDecoder } from "./decoder.ts";

const delta = (value: object, reason: string | null = null): object => ({
  choices: [{ delta: value, finish_reason: reason }],
});

/** What a server means that sends these chunks and `[DONE]`. */
function decode(...chunks: object[]): ProviderEvent[] {
  const decoder = new ChatDecoder("lab");
  const out: ProviderEvent[] = [];
  for (const chunk of chunks) decoder.event(JSON.stringify(chunk), out);
  decoder.event("[DONE]", out);
  decoder.end(out);
  return out;
}

const calls = (events: readonly ProviderEvent[]) =>
  events.flatMap((event) => (event.type === "tool-call" ? [{ name: event.name, input: event.input }] : []));

const fragment = (
  index: number | undefined,
  id: string | undefined,
  name: string | undefined,
  args: unknown,
) => delta({ tool_calls: [{ index, id, function: { name, arguments: args } }] });

describe("ChatDecoder", () => {
  it("takes usage from a chunk of its own, and zero where there is none", () => {
    const usage = { prompt_tokens: 7, completion_tokens: 3 };
    expect(decode(delta({ content: "hi" }, "stop"), { choices: [], usage }).at(-1)).toMatchObject({
      usage: { inputTokens: 7, outputTokens: 3 },
    });
    expect(decode(delta({ content: "hi" }, "stop")).at(-1)).toMatchObject({
      usage: { inputTokens: 0, outputTokens: 0 },
    });
  });

  it("finishes once, whatever comes after", () => {
    const decoder = new ChatDecoder("lab");
    const out: ProviderEvent[] = [];
    decoder.event(JSON.stringify(delta({ content: "hi" }, "stop")), out);
    decoder.event("[DONE]", out);
    decoder.event(JSON.stringify(delta({ content: "more" }, "stop")), out);
    decoder.event("[DONE]", out);
    decoder.end(out);
    expect(out.map((event) => event.type)).toEqual(["text", "finish"]);
  });

  it.each([
    ["stop", "stop"],
    ["length", "length"],
    ["tool_calls", "tool-calls"],
    ["content_filter", "content-filter"],
    ["something_new", "other"],
  ])("says %s as %s", (theirs, ours) => {
    expect(decode(delta({}, theirs)).at(-1)).toMatchObject({ type: "finish", reason: ours });
  });

  it("says tool-calls after calls even where the server says stop", () => {
    expect(decode(fragment(0, "a", "f", "{}"), delta({}, "stop")).at(-1)).toMatchObject({
      reason: "tool-calls",
    });
  });

  it("reads reasoning under both of its names", () => {
    const events = decode(
      delta({ reasoning_content: "a" }),
      delta({ reasoning: "b" }),
      delta({ content: "c" }),
    );
    expect(events.slice(0, 2)).toEqual([
      { type: "reasoning", text: "ab" },
      { type: "text", text: "c" },
    ]);
  });

  it("joins fragments of interleaved calls by index", () => {
    const events = decode(
      fragment(0, "a", "f", '{"x"'),
      fragment(1, "b", "g", '{"y"'),
      fragment(0, undefined, undefined, ":1}"),
      fragment(1, undefined, undefined, ":2}"),
    );
    expect(calls(events)).toEqual([
      { name: "f", input: { x: 1 } },
      { name: "g", input: { y: 2 } },
    ]);
  });

  it("keeps calls apart where every one has index 0, or none", () => {
    const expected = [
      { name: "f", input: { x: 1 } },
      { name: "g", input: {} },
    ];
    expect(calls(decode(fragment(0, "a", "f", '{"x":1}'), fragment(0, "b", "g", "")))).toEqual(expected);
    expect(
      calls(decode(fragment(undefined, "a", "f", '{"x":1}'), fragment(undefined, "b", "g", "{}"))),
    ).toEqual(expected);
  });

  it("does not double a name or id that is repeated with every fragment", () => {
    const events = decode(fragment(0, "a", "f", '{"x"'), fragment(0, "a", "f", ":1}"));
    expect(events[0]).toEqual({ type: "tool-call", id: "a", name: "f", input: { x: 1 } });
  });

  it("takes arguments that came as an object", () => {
    expect(calls(decode(fragment(0, "a", "f", { x: 1 })))).toEqual([{ name: "f", input: { x: 1 } }]);
  });

  it("hands on arguments that are not JSON as the text they are", () => {
    expect(calls(decode(fragment(0, "a", "f", '{"x": oops')))).toEqual([{ name: "f", input: '{"x": oops' }]);
  });

  it("gives a call without an id one of its own", () => {
    const ids = decode(fragment(0, undefined, "f", "{}"), fragment(1, undefined, "g", "{}")).flatMap(
      (event) => (event.type === "tool-call" ? [event.id] : []),
    );
    expect(new Set(ids).size).toBe(2);
    expect(ids.every((id) => id.length > 10)).toBe(true);
  });

  it("reads an answer that was not streamed", () => {
    const out: ProviderEvent[] = [];
    const decoder = new ChatDecoder("lab");
    decoder.whole(
      {
        model: "m-1",
        choices: [{ message: { content: "hi", reasoning_content: "why" }, finish_reason: "length" }],
        usage: { prompt_tokens: 2, completion_tokens: 1 },
      },
      out,
    );
    decoder.end(out);
    expect(out).toEqual([
      { type: "reasoning", text: "why" },
      { type: "text", text: "hi" },
      { type: "finish", reason: "length", usage: { inputTokens: 2, outputTokens: 1 }, model: "m-1" },
    ]);
  });

  it("survives chunks that make no sense", () => {
    const odd = [
      {},
      { choices: null },
      { choices: "?" },
      { choices: [null] },
      { choices: [{ delta: null }] },
      { choices: [{ delta: { content: 7, tool_calls: [null, 3, {}] } }] },
      { usage: { prompt_tokens: -1, completion_tokens: "many" } },
    ];
    expect(decode(...odd).at(-1)).toMatchObject({ usage: { inputTokens: 0, outputTokens: 0 } });
  });
});
