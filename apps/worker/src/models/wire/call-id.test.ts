import type { ModelMessage } from "ai";
import { describe, expect, it } from "vitest";
import type { ProviderEvent, ProviderRequest } from "../contract.ts";
import { AnthropicDecoder } from "../providers/anthropic/decoder.ts";
import { anthropicMessages } from "../providers/anthropic/messages.ts";
import { GeminiDecoder } from "../providers/google/decoder.ts";
import { ChatDecoder } from "../providers/openai-compatible/decoder.ts";
import { chatMessages } from "../providers/openai-compatible/messages.ts";
import { WorkersAIDecoder } from "../providers/workers-ai/decoder.ts";
import type { WireDecoder } from "./events.ts";

/** The ids of the calls in an answer that came as one. */
function idsIn(decoder: WireDecoder, body: unknown): string[] {
  const out: ProviderEvent[] = [];
  decoder.whole(body, out);
  decoder.end(out);
  return out.flatMap((event) => (event.type === "tool-call" ? [event.id] : []));
}

/** A conversation in which calls with these ids were made and answered. */
const conversation = (ids: readonly string[]): ProviderRequest => {
  const call = (toolCallId: string) => ({ type: "tool-call" as const, toolCallId, toolName: "f", input: {} });
  const result = (toolCallId: string) => ({
    type: "tool-result" as const,
    toolCallId,
    toolName: "f",
    output: { type: "text" as const, value: "done" },
  });
  const messages: ModelMessage[] = [
    { role: "assistant", content: ids.map(call) },
    { role: "tool", content: ids.map(result) },
  ];
  const { signal } = new AbortController();
  return { model: "m", messages, tools: [], temperature: 0, maxTokens: 1, signal };
};

const onChat = (ids: readonly string[]) => {
  const messages = chatMessages(conversation(ids));
  return {
    calls: messages.flatMap((message) => message.tool_calls?.map(({ id }) => id) ?? []),
    results: messages.flatMap((message) => message.tool_call_id ?? []),
  };
};

const onAnthropic = (ids: readonly string[]) => {
  const blocks = anthropicMessages(conversation(ids)).turns.flatMap(({ content }) => content);
  return {
    calls: blocks.flatMap((block) => (block.type === "tool_use" ? [block.id] : [])),
    results: blocks.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : [])),
  };
};

describe("the id of a call", () => {
  it.each<[string, WireDecoder, unknown]>([
    [
      "chat completions",
      new ChatDecoder("lab"),
      { choices: [{ message: { tool_calls: [{ function: { name: "f" } }, { id: "", index: 1 }] } }] },
    ],
    ["Workers AI", new WorkersAIDecoder(), { tool_calls: [{ name: "f" }, { id: "", name: "f" }] }],
    [
      "Gemini",
      new GeminiDecoder(),
      {
        candidates: [
          {
            content: { parts: [{ functionCall: { name: "f" } }, { functionCall: { id: "", name: "f" } }] },
            finishReason: "STOP",
          },
        ],
      },
    ],
    [
      "Anthropic",
      new AnthropicDecoder(),
      {
        content: [
          { type: "tool_use", name: "f" },
          { type: "tool_use", id: "", name: "f" },
        ],
        stop_reason: "tool_use",
      },
    ],
  ])("is one that every wire takes where a model of %s gives none", (_, decoder, body) => {
    const ids = idsIn(decoder, body);
    expect(new Set(ids).size).toBe(2);
    expect(onChat(ids)).toEqual({ calls: ids, results: ids });
    expect(onAnthropic(ids)).toEqual({ calls: ids, results: ids });
  });

  const odd = ["functions.f:0", "call_1#7", `chatcmpl-tool-${"0".repeat(32)}`];

  it("goes back as the model gave it, where the wire takes it", () => {
    expect(onChat(odd.slice(0, 2)).calls).toEqual(odd.slice(0, 2));
    expect(onAnthropic(odd.slice(2)).calls).toEqual(odd.slice(2));
  });

  it("is another that the wire takes where it does not take this one, the same for call and result", () => {
    for (const [on, ids] of [
      [onChat, [odd[2] ?? "", `${odd[2]}#2`]],
      [onAnthropic, odd.slice(0, 2)],
    ] as const) {
      const { calls, results } = on(ids);
      for (const id of calls) expect(id).toMatch(/^call_[\da-f]{32}$/);
      expect(new Set(calls).size).toBe(2);
      expect(results).toEqual(calls);
      expect(on(ids).calls).toEqual(calls);
    }
  });
});
