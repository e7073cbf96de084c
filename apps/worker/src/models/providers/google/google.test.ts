import { describe, expect, it } from "vitest";
import type { ProviderEvent, ProviderRequest } from "../../contract.ts";
import { GeminiDecoder } from "./decoder.ts";
import { geminiContents } from "./messages.ts";

function decode(...responses: object[]): ProviderEvent[] {
  const decoder = new GeminiDecoder();
  const out: ProviderEvent[] = [];
  for (const response of responses) decoder.event(JSON.stringify(response), out);
  decoder.end(out);
  return out;
}

const parts = (list: object[], finishReason?: string) => ({
  candidates: [{ content: { role: "model", parts: list }, finishReason }],
});

describe("GeminiDecoder", () => {
  it("keeps thoughts apart, and counts them as output", () => {
    const usageMetadata = { promptTokenCount: 9, candidatesTokenCount: 3, thoughtsTokenCount: 20 };
    expect(
      decode(parts([{ text: "hm", thought: true }, { text: "so" }]), { ...parts([], "STOP"), usageMetadata }),
    ).toEqual([
      { type: "reasoning", text: "hm" },
      { type: "text", text: "so" },
      { type: "finish", reason: "stop", usage: { inputTokens: 9, outputTokens: 23 } },
    ]);
  });

  it("keeps the signature of a call, and says tool-calls though the wire says STOP", () => {
    const functionCall = { name: "f", args: { a: 1 }, id: "x1" };
    expect(decode(parts([{ functionCall, thoughtSignature: "sig" }], "STOP"))).toMatchObject([
      {
        type: "tool-call",
        id: "x1",
        name: "f",
        input: { a: 1 },
        providerMetadata: { google: { thoughtSignature: "sig" } },
      },
      { type: "finish", reason: "tool-calls" },
    ]);
  });

  it("says content-filter for a prompt that was refused", () => {
    expect(decode({ promptFeedback: { blockReason: "SAFETY" } }).at(-1)).toMatchObject({
      reason: "content-filter",
    });
  });

  it("throws an error within the stream, and a cut stream", () => {
    const error = { error: { code: 503, status: "UNAVAILABLE", message: "overloaded" } };
    expect(() => decode(error)).toThrow(/google failed: overloaded/);
    expect(() => decode(parts([{ text: "a" }]))).toThrow(/before it was complete/);
  });
});

describe("geminiContents", () => {
  const contentsOf = (messages: ProviderRequest["messages"]) =>
    geminiContents({
      model: "gemini",
      messages,
      tools: [],
      temperature: 0,
      maxTokens: 1,
      signal: new AbortController().signal,
    }).contents;

  it("returns the signature of a call with it, and marks a call of another model as unsigned", () => {
    const call = { type: "tool-call" as const, toolName: "f", input: {} };
    const contents = contentsOf([
      {
        role: "assistant",
        content: [
          { ...call, toolCallId: "1", providerOptions: { google: { thoughtSignature: "sig" } } },
          { ...call, toolCallId: "2" },
        ],
      },
      { role: "user", content: "and" },
      { role: "assistant", content: [{ ...call, toolCallId: "3" }] },
    ]);
    const functionCall = { name: "f", args: {} };
    expect(contents[0]?.parts).toEqual([{ functionCall, thoughtSignature: "sig" }, { functionCall }]);
    expect(contents[2]?.parts).toEqual([
      { functionCall, thoughtSignature: "skip_thought_signature_validator" },
    ]);
  });

  it("answers calls by name, errors apart", () => {
    const contents = contentsOf([
      {
        role: "tool",
        content: [
          { type: "tool-result", toolCallId: "1", toolName: "f", output: { type: "json", value: 3 } },
          {
            type: "tool-result",
            toolCallId: "2",
            toolName: "g",
            output: { type: "error-text", value: "bad" },
          },
        ],
      },
    ]);
    expect(contents).toEqual([
      {
        role: "user",
        parts: [
          { functionResponse: { name: "f", response: { output: "3" } } },
          { functionResponse: { name: "g", response: { error: "bad" } } },
        ],
      },
    ]);
  });
});
