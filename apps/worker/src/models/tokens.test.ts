import { describe, expect, it } from "vitest";
import { estimateTokens } from "./tokens.ts";

/**
 * Texts, and what OpenAI's `o200k_base` makes of them.
 * Source: https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken
 */
const counted: readonly [text: string, tokens: number][] = [
  ["tiktoken is great!", 6],
  ["antidisestablishmentarianism", 6],
  ["お誕生日おめでとう", 8],
];

describe("an estimate", () => {
  it.each(counted)(
    "of %j is no less than what it will be, and not twice as much and a bit",
    (text, tokens) => {
      const estimate = estimateTokens(text);
      expect(estimate).toBeGreaterThanOrEqual(tokens);
      expect(estimate).toBeLessThanOrEqual(2 * tokens + 4);
    },
  );

  it("of prose is a fifth above the four characters that make a token", () => {
    const prose = "A turn is a durable unit of work that survives a crash of its process. ".repeat(100);
    const ratio = estimateTokens(prose) / (prose.length / 4);
    expect(ratio).toBeGreaterThan(0.95);
    expect(ratio).toBeLessThan(1.3);
  });

  it("grows with the text, and is nothing for nothing", () => {
    expect(estimateTokens("")).toBe(0);
    expect(estimateTokens("a".repeat(2000))).toBe(2 * estimateTokens("a".repeat(1000)));
  });

  it("of a request counts all that a model reads", () => {
    const tool = {
      name: "read_document",
      description: "Reads a document.",
      inputSchema: { type: "object", properties: { id: { type: "string" } } },
      effect: "read" as const,
    };
    const asked = { messages: [{ role: "user" as const, content: "What does it say?" }] };
    const plain = estimateTokens(asked);
    expect(plain).toBeGreaterThan(estimateTokens("What does it say?"));
    expect(estimateTokens({ ...asked, system: "You are brief." })).toBeGreaterThan(plain);
    const withTool = estimateTokens({ ...asked, tools: [tool] });
    expect(withTool).toBeGreaterThan(plain + 20);
    expect(estimateTokens({ ...asked, tools: [tool] })).toBe(withTool);
    expect(estimateTokens({ ...asked, responseFormat: { schema: tool.inputSchema } })).toBeGreaterThan(plain);
  });

  it("of calls, their results and thoughts counts their text; of pictures and documents what they take", () => {
    const tokensOf = (content: Parameters<typeof estimateTokens>[0]) => estimateTokens(content);
    const image = tokensOf({
      messages: [
        { role: "user", content: [{ type: "file", mediaType: "image/png", data: new Uint8Array(9) }] },
      ],
    });
    expect(image).toBeGreaterThanOrEqual(1600);
    const pages = tokensOf({
      messages: [
        {
          role: "user",
          content: [{ type: "file", mediaType: "application/pdf", data: new Uint8Array(200_000) }],
        },
      ],
    });
    expect(pages).toBeGreaterThan(10_000);
    const long = { text: "word ".repeat(500) };
    const tools = tokensOf({
      messages: [
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "Let me see. ".repeat(50) },
            { type: "tool-call", toolCallId: "1", toolName: "read", input: long },
          ],
        },
        {
          role: "tool",
          content: [
            { type: "tool-result", toolCallId: "1", toolName: "read", output: { type: "json", value: long } },
          ],
        },
      ],
    });
    expect(tools).toBeGreaterThan(2 * estimateTokens(long.text) + estimateTokens("Let me see. ".repeat(50)));
  });
});
