import { describe, expect, it } from "vitest";
import type { ProviderRequest } from "../../contract.ts";
import { chatMessages } from "./messages.ts";

const request = (messages: ProviderRequest["messages"], system?: string): ProviderRequest => ({
  model: "m",
  messages,
  tools: [],
  temperature: 0,
  maxTokens: 1,
  signal: new AbortController().signal,
  ...(system === undefined ? {} : { system }),
});

describe("chatMessages", () => {
  it("puts the system prompt first and text of several parts into one string", () => {
    const content = [
      { type: "text" as const, text: "a" },
      { type: "file" as const, data: btoa("# Notes"), mediaType: "text/markdown", filename: "n.md" },
    ];
    expect(chatMessages(request([{ role: "user", content }], "Be brief."))).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "a\n[n.md]\n# Notes" },
    ]);
  });

  it("sends images and PDFs as parts", () => {
    const content = [
      { type: "text" as const, text: "look" },
      { type: "image" as const, image: "iVBORw==", mediaType: "image/png" },
      { type: "file" as const, data: "JVBERg==", mediaType: "application/pdf", filename: "p.pdf" },
    ];
    expect(chatMessages(request([{ role: "user", content }]))[0]?.content).toEqual([
      { type: "text", text: "look" },
      { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw==" } },
      { type: "file", file: { filename: "p.pdf", file_data: "data:application/pdf;base64,JVBERg==" } },
    ]);
  });

  it("refuses a file that the wire cannot carry, naming its type", () => {
    const content = [{ type: "file" as const, data: "AAAA", mediaType: "video/mp4" }];
    expect(() => chatMessages(request([{ role: "user", content }]))).toThrow(
      /m cannot read a file of type video\/mp4/,
    );
  });

  it("sends calls and their results, and leaves reasoning out", () => {
    const messages = chatMessages(
      request([
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "hm" },
            { type: "tool-call", toolCallId: "c1", toolName: "f", input: { x: 1 } },
            { type: "tool-call", toolCallId: "c2", toolName: "g", input: "{broken" },
          ],
        },
        {
          role: "tool",
          content: [
            { type: "tool-result", toolCallId: "c1", toolName: "f", output: { type: "json", value: [1] } },
            {
              type: "tool-result",
              toolCallId: "c2",
              toolName: "g",
              output: { type: "error-text", value: "bad" },
            },
          ],
        },
      ]),
    );
    expect(messages).toEqual([
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "c1", type: "function", function: { name: "f", arguments: '{"x":1}' } },
          { id: "c2", type: "function", function: { name: "g", arguments: "{broken" } },
        ],
      },
      { role: "tool", tool_call_id: "c1", name: "f", content: "[1]" },
      { role: "tool", tool_call_id: "c2", name: "g", content: "bad" },
    ]);
  });
});
