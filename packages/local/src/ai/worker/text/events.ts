/** What a text model says, whoever it is, in the order in which it says it. */
export type TextEvent =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  /** A whole call; `input` is JSON. */
  | { type: "call"; id: string; name: string; input: string }
  /** Always the last. */
  | { type: "finish"; reason: FinishReason; usage: Usage };

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter";

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

/** Where nobody counts: a token is about four characters of English. */
export const estimateTokens = (text: string): number => Math.ceil(text.length / 4);

export const usageOf = (prompt: number, completion: number): Usage => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
});

export const newCallId = (): string => `call_${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`;
