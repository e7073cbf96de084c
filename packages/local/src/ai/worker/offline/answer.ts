/**
 * The text model for where no other is. It knows nothing and writes nothing of its own: it quotes sentences that it was
 * given, calls a tool where a rule says which, fills JSON with what the text holds, and says what it is.
 */
import { estimateTokens, newCallId, usageOf } from "../text/events.ts";
import type { FinishReason, TextEvent } from "../text/events.ts";
import type { Message, TextRequest } from "../text/request.ts";
import { fillSchema, looseObject } from "./fill-schema.ts";
import { planCall } from "./plan-calls.ts";
import { quote } from "./quote.ts";

const charactersOfResult = 2_000;

const charactersOfQuestion = 200;

/** Characters of a question that are looked at. */
const longestQuestion = 4_000;

/** The last user message, split into what is asked and the text it is asked about. */
function questionOf(text: string): { question: string; given: string } {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length < 2) {
    const sentences = text.match(/[^.!?]+[.!?]*/g) ?? [text];
    const isAsked = (sentence: string): boolean => sentence.trim().endsWith("?");
    const asked = sentences.filter(isAsked);
    if (asked.length === 0 || asked.length === sentences.length) return { question: text, given: "" };
    return {
      question: asked.join(" ").trim(),
      given: sentences.filter((sentence) => !isAsked(sentence)).join(" "),
    };
  }
  const asked = lines.filter((line) => line.trim().endsWith("?"));
  const question = (asked.length > 0 ? asked.join("\n") : (lines.at(-1) ?? "")).slice(0, longestQuestion);
  return { question, given: lines.filter((line) => !question.includes(line)).join("\n") };
}

/** Instructions to the model are no text to quote from. */
const withoutOrders = (text: string): string =>
  text
    .split("\n")
    .filter(
      (line) => !/^\s*(?:you (?:are|must|should|will)|answer|respond|reply|always|never|be )\b/i.test(line),
    )
    .join("\n");

/** Results of tools since the last user message, with the tools' names. */
function resultsOf(messages: readonly Message[]): { name: string; text: string }[] {
  const from = messages.findLastIndex(({ role }) => role === "user");
  const names = new Map(messages.flatMap(({ calls }) => calls.map(({ id, name }) => [id, name])));
  return messages
    .slice(from + 1)
    .filter(({ role }) => role === "tool" || role === "function")
    .map(({ toolCallId, text }) => ({ name: names.get(toolCallId ?? "") ?? "The tool", text }));
}

function proseFor(request: TextRequest, question: string, given: string): string {
  const results = resultsOf(request.messages);
  if (results.length > 0) {
    return results
      .map(({ name, text }) => `${name} answered: ${text.slice(0, charactersOfResult)}`)
      .join("\n");
  }
  const sentences = quote(question, given);
  if (sentences.length > 0) {
    return `Offline, without a language model; quoted from the given text:\n${sentences.map((sentence) => `- ${sentence}`).join("\n")}`;
  }
  const unread = request.messages.reduce((sum, { otherParts }) => sum + otherParts, 0);
  const parts =
    unread === 0 ? "" : ` Images and other parts that are no text (${unread}) cannot be read here.`;
  const asked = question.replace(/\s+/g, " ").trim().slice(0, charactersOfQuestion);
  return `No language model runs on this machine. What answers instead can only quote from the text it is given, and nothing there answers "${asked}".${parts}`;
}

function* inPieces(text: string): Generator<TextEvent, void, undefined> {
  for (const [piece] of text.matchAll(/(?<!\s)\s*\S+(?:\s+\S+){0,2}/g)) yield { type: "text", text: piece };
}

/** Depends on nothing but the request. */
export function* answerOffline(request: TextRequest): Generator<TextEvent, void, undefined> {
  const { messages } = request;
  const prompt = messages.reduce((sum, { text }) => sum + estimateTokens(text), 0);
  const lastUser = messages.findLast(({ role }) => role === "user")?.text ?? messages.at(-1)?.text ?? "";
  const { question, given } = questionOf(lastUser);

  const call = resultsOf(messages).length > 0 ? null : planCall(request, lastUser);
  if (call !== null) {
    const input = JSON.stringify(call.input);
    yield { type: "call", id: newCallId(), name: call.name, input };
    yield { type: "finish", reason: "tool_calls", usage: usageOf(prompt, estimateTokens(input)) };
    return;
  }

  const earlier = messages
    .filter(({ role, text }) => role !== "assistant" && text !== lastUser)
    .map(({ text }) => withoutOrders(text));
  const source = [...earlier, given].filter((text) => text !== "").join("\n");
  let text: string;
  if (request.schema === null) text = proseFor(request, question, source);
  else if (Object.keys(request.schema).length === 0)
    text = JSON.stringify(looseObject(`${source}\n${lastUser}`));
  else text = JSON.stringify(fillSchema(request.schema, `${source}\n${lastUser}`).value);

  const most = (request.maxTokens ?? Infinity) * 4;
  const reason: FinishReason = text.length > most ? "length" : "stop";
  text = text.slice(0, most);
  yield* inPieces(text);
  yield { type: "finish", reason, usage: usageOf(prompt, estimateTokens(text)) };
}
