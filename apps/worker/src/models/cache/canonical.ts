/** What makes two questions the same: their canonical form (RFC 8785), hashed. */
import type { FilterPolicy } from "@orrery/protocol";
import type { ModelMessage } from "ai";
import canonicalize from "canonicalize";
import { sha256 } from "../../security/index.ts";
import type { CacheQuestion } from "./contract.ts";

/** Changed whenever the form changes, so that no answer is found under the meaning of another form. */
const version = "1";

export interface QuestionHashes {
  /** Equal for questions that are equal in everything that an answer depends on. */
  key: string;
  /** Where the last message is a user's and has text: that text, and the hash of all the rest. */
  similar: { scope: string; text: string } | null;
}

/**
 * The hashes of a question: SHA-256, base64url. Who asks, when, and under which call's name is no part of it.
 * @throws Error where a part has no canonical form, such as half a surrogate pair
 */
export function hashesOf(question: CacheQuestion): QuestionHashes {
  const { request } = question;
  const rest = {
    version,
    model: question.model,
    system: request.system,
    tools: request.tools,
    temperature: request.temperature,
    maxTokens: request.maxTokens,
    responseFormat: request.responseFormat,
    providerOptions: request.policy.providerOptions ?? {},
    filter: inEffect(question.filter),
  };
  const messages = request.messages.map(plain);
  const key = hashOf({ ...rest, messages });
  const split = splitLast(request.messages);
  if (split === null) return { key, similar: null };
  // Under a name of its own, so that a scope is never a key.
  const scope = hashOf({ ...rest, before: messages.slice(0, -1), last: plain(split.without) });
  return { key, similar: { scope, text: split.text } };
}

function hashOf(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error("the question has no canonical form");
  return sha256(text);
}

/** Classes that are off are as if not named. */
const inEffect = (filter: FilterPolicy): Record<string, string> =>
  Object.fromEntries(Object.entries(filter).filter(([, action]) => action !== "off"));

/** The same as JSON: bytes by their hash, addresses by their text, each marked as no JSON of its own can be. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { "\u0000bytes": sha256(value) };
  if (value instanceof ArrayBuffer) return { "\u0000bytes": sha256(new Uint8Array(value)) };
  if (value instanceof URL) return { "\u0000url": value.href };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

/** Takes the text out of the last message, where it is a user's; what else it holds stays where it was. */
function splitLast(messages: readonly ModelMessage[]): { text: string; without: unknown } | null {
  const last = messages.at(-1);
  if (last?.role !== "user") return null;
  if (typeof last.content === "string") {
    // The same text as a part, so that both ways to write it are one scope.
    return last.content.trim() === ""
      ? null
      : { text: last.content, without: { ...last, content: [{ type: "text" }] } };
  }
  const texts: string[] = [];
  const content = last.content.map((part) => {
    if (part.type !== "text") return part;
    texts.push(part.text);
    const { text: _, ...others } = part;
    return others;
  });
  const text = texts.join("\n");
  return text.trim() === "" ? null : { text, without: { ...last, content } };
}
