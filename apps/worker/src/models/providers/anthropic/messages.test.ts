import { describe, expect, it } from "vitest";
import type { ProviderRequest } from "../../contract.ts";
import { anthropicMessages } from "./messages.ts";

const turnsOf = (messages: ProviderRequest["messages"], system?: string) =>
  anthropicMessages({
    model: "claude",
    messages,
    tools: [],
    temperature: 0,
    maxTokens: 1,
    signal: new AbortController().signal,
    ...(system === undefined ? {} : { system }),
  });

describe("anthropicMessages", () => {
  it("joins system messages to the system prompt", () => {
    const messages = [
      { role: "system" as const, content: "Second." },
      { role: "user" as const, content: "hi" },
    ];
    expect(turnsOf(messages, "First.").system).toBe("First.\n\nSecond.");
  });

  it("takes turns: results and what the user said next are one message", () => {
    const { turns } = turnsOf([
      { role: "user", content: "go" },
      {
        role: "assistant",
        content: [
          { type: "text", text: "" },
          { type: "tool-call", toolCallId: "c1", toolName: "f", input: { x: 1 } },
          { type: "tool-call", toolCallId: "c2", toolName: "f", input: "{broken" },
        ],
      },
      {
        role: "tool",
        content: [
          { type: "tool-result", toolCallId: "c1", toolName: "f", output: { type: "text", value: "one" } },
        ],
      },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "c2",
            toolName: "f",
            output: { type: "error-text", value: "bad" },
          },
        ],
      },
      { role: "user", content: "and?" },
    ]);
    expect(turns).toEqual([
      { role: "user", content: [{ type: "text", text: "go" }] },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "c1", name: "f", input: { x: 1 } },
          { type: "tool_use", id: "c2", name: "f", input: { input: "{broken" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "c1", content: "one" },
          { type: "tool_result", tool_use_id: "c2", content: "bad", is_error: true },
          { type: "text", text: "and?" },
        ],
      },
    ]);
  });

  it("sends thinking back where Anthropic signed it, and only there", () => {
    const { turns } = turnsOf([
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "unsigned" },
          { type: "reasoning", text: "signed", providerOptions: { anthropic: { signature: "sig" } } },
          { type: "reasoning", text: "", providerOptions: { anthropic: { redactedData: "xyz" } } },
          { type: "text", text: "so" },
        ],
      },
    ]);
    expect(turns[0]?.content).toEqual([
      { type: "thinking", thinking: "signed", signature: "sig" },
      { type: "redacted_thinking", data: "xyz" },
      { type: "text", text: "so" },
    ]);
  });

  it("sends images and documents by value or by address", () => {
    const { turns } = turnsOf([
      {
        role: "user",
        content: [
          { type: "image", image: new URL("https://example.com/a.png") },
          { type: "file", data: "JVBERg==", mediaType: "application/pdf", filename: "p.pdf" },
        ],
      },
    ]);
    expect(turns[0]?.content).toEqual([
      { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
      {
        type: "document",
        source: { type: "base64", media_type: "application/pdf", data: "JVBERg==" },
        title: "p.pdf",
      },
    ]);
  });
});
