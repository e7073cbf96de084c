import { describe, expect, it } from "vitest";
import type { ProviderEvent } from "../../contract.ts";
import { AnthropicDecoder } from "./decoder.ts";

function decode(...events: object[]): ProviderEvent[] {
  const decoder = new AnthropicDecoder();
  const out: ProviderEvent[] = [];
  for (const event of events) decoder.event(JSON.stringify(event), out);
  decoder.end(out);
  return out;
}

const begin = (index: number, content_block: object) => ({
  type: "content_block_start",
  index,
  content_block,
});
const delta = (index: number, value: object) => ({ type: "content_block_delta", index, delta: value });
const stop = (index: number) => ({ type: "content_block_stop", index });
const stopped = (stop_reason: string, usage = {}) => ({
  type: "message_delta",
  delta: { stop_reason },
  usage,
});

describe("AnthropicDecoder", () => {
  it("keeps a thinking block's signature, to be sent back with it", () => {
    expect(
      decode(
        begin(0, { type: "thinking", thinking: "", signature: "" }),
        delta(0, { type: "thinking_delta", thinking: "hm" }),
        delta(0, { type: "signature_delta", signature: "s1" }),
        stop(0),
        begin(1, { type: "redacted_thinking", data: "xyz" }),
        stop(1),
        begin(2, { type: "text", text: "" }),
        delta(2, { type: "text_delta", text: "so" }),
        stop(2),
        stopped("end_turn"),
      ).slice(0, 4),
    ).toEqual([
      { type: "reasoning", text: "hm" },
      { type: "reasoning", text: "", providerMetadata: { anthropic: { signature: "s1" } } },
      { type: "reasoning", text: "", providerMetadata: { anthropic: { redactedData: "xyz" } } },
      { type: "text", text: "so" },
    ]);
  });

  it("counts what the cache gave as input, once", () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 500,
      cache_creation_input_tokens: 40,
      output_tokens: 1,
    };
    const events = decode(
      { type: "message_start", message: { model: "claude-x", usage } },
      stopped("end_turn", { ...usage, output_tokens: 77 }),
      { type: "message_stop" },
    );
    expect(events).toEqual([
      { type: "finish", reason: "stop", usage: { inputTokens: 550, outputTokens: 77 }, model: "claude-x" },
    ]);
  });

  it.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["max_tokens", "length"],
    ["tool_use", "tool-calls"],
    ["refusal", "content-filter"],
    ["pause_turn", "other"],
  ])("says %s as %s", (theirs, ours) => {
    expect(decode(stopped(theirs)).at(-1)).toMatchObject({ reason: ours });
  });

  it("joins the pieces of a tool's input, and takes none as no arguments", () => {
    const events = decode(
      begin(0, { type: "tool_use", id: "t1", name: "f", input: {} }),
      delta(0, { type: "input_json_delta", partial_json: '{"a":' }),
      delta(0, { type: "input_json_delta", partial_json: "1}" }),
      stop(0),
      begin(1, { type: "tool_use", id: "t2", name: "g", input: {} }),
      stop(1),
      stopped("tool_use"),
    );
    expect(events.slice(0, 2)).toEqual([
      { type: "tool-call", id: "t1", name: "f", input: { a: 1 } },
      { type: "tool-call", id: "t2", name: "g", input: {} },
    ]);
  });

  it("throws what the stream reports, and a cut stream", () => {
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    expect(() => decode(error)).toThrow(/anthropic failed: Overloaded/);
    expect(() => decode(begin(0, { type: "text", text: "a" }))).toThrow(/before it was complete/);
  });

  it("reads an answer that was not streamed", () => {
    const out: ProviderEvent[] = [];
    const decoder = new AnthropicDecoder();
    const content = [
      { type: "text", text: "hi" },
      { type: "tool_use", id: "t", name: "f", input: { a: 1 } },
    ];
    decoder.whole(
      { model: "m", content, stop_reason: "tool_use", usage: { input_tokens: 1, output_tokens: 2 } },
      out,
    );
    decoder.end(out);
    expect(out).toEqual([
      { type: "text", text: "hi" },
      { type: "tool-call", id: "t", name: "f", input: { a: 1 } },
      { type: "finish", reason: "tool-calls", usage: { inputTokens: 1, outputTokens: 2 }, model: "m" },
    ]);
  });
});
