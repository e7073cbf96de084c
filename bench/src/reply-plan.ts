import { createHash } from "node:crypto";

/** What the mock upstream does with a request, read from the model's name. */
export interface ReplyPlan {
  tokens: number;
  /** Milliseconds between tokens; 0 sends them all at once. */
  everyMs: number;
  /** Milliseconds before the first token. */
  firstMs: number;
  /** A tool to call first, where the request offers it and holds no result yet. */
  tool: string | null;
}

/** `<label>-<tokens>x<everyMs>[+<firstMs>][:<tool>]`, such as `mock-50x0` or `slow-200x20+500:calculate`. */
const grammar = /^[\w.]+-(\d{1,6})x(\d{1,5})(?:\+(\d{1,6}))?(?::([a-z][a-z0-9_]*))?$/;

/** Null where the name is not such a plan. */
export function planOf(model: string): ReplyPlan | null {
  const match = grammar.exec(model);
  if (!match) return null;
  const [, tokens, everyMs, firstMs, tool] = match;
  return {
    tokens: Number(tokens),
    everyMs: Number(everyMs),
    firstMs: Number(firstMs ?? 0),
    tool: tool ?? null,
  };
}

/** A message of a chat completion request, as far as the mock reads it. */
export interface ChatMessage {
  role: string;
  content?: string | { type: string; text?: string }[] | null;
  tool_calls?: { id: string }[];
}

const textOf = ({ content }: ChatMessage): string => {
  if (typeof content === "string") return content;
  return content?.map((part) => part.text ?? "").join("") ?? "";
};

/** The text of the last thing the user said. */
export const lastInput = (messages: readonly ChatMessage[]): string =>
  textOf(messages.findLast(({ role }) => role === "user") ?? { role: "user" });

/** Whether a tool has answered since the user last spoke. */
export const hasToolResult = (messages: readonly ChatMessage[]): boolean =>
  messages.slice(messages.findLastIndex(({ role }) => role === "user")).some(({ role }) => role === "tool");

/** Arguments for a scripted tool call: the JSON after `args:` in the input, to its end; `{}` where there is none. */
export const toolArguments = (input: string): string => /args:\s*(\{.*\})\s*$/s.exec(input)?.[1] ?? "{}";

/** Eight characters by which the answer to an input is known. */
export const answerTag = (input: string): string =>
  createHash("sha256").update(input).digest("hex").slice(0, 8);

/**
 * Token `index` of the answer to an input: the tag and the number, so that a reader can tell a missing
 * fragment from a repeated one.
 */
export const tokenOf = (tag: string, index: number): string => `${tag}.${index} `;

/** The whole answer to an input, as the tokens make it. */
export const answerTo = (input: string, tokens: number): string => {
  const tag = answerTag(input);
  return Array.from({ length: tokens }, (_, index) => tokenOf(tag, index)).join("");
};
