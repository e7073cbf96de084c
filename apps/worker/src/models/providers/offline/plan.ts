/** Which tools to call, by rule. */
import type { ModelTool } from "../../contract.ts";
import type { Conversation, MadeCall } from "./conversation.ts";
import { explicitCalls, type ExplicitCall } from "./explicit-calls.ts";
import { questionsIn, type Asked } from "./questions.ts";
import { ReadAnswer } from "./results.ts";
import { arithmeticIn, timeAsked } from "./rule-questions.ts";
import { canonicalJson } from "./stable-id.ts";

export interface Plan {
  /** What remains to be answered from documents, once calls were taken out of the message. */
  asked: Asked;
  /** Calls still to be made now. */
  calls: ExplicitCall[];
}

/** Passages asked for at a time, and reads of long documents for one question. */
const passageLimit = 10;
const readLimit = 12;
const documentLimit = 4;

/** A message may spell out many calls; a runaway one is stopped here. */
const callLimit = 64;

const keyOf = (name: string, input: unknown): string => `${name} ${canonicalJson(input)}`;

/** Calls of `wanted` that were not made yet; a call written twice is made twice. */
function notMade(wanted: readonly ExplicitCall[], made: readonly MadeCall[]): ExplicitCall[] {
  const left = new Map<string, number>();
  for (const { name, input } of made) {
    const key = keyOf(name, input);
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  return wanted.filter(({ name, input }) => {
    const key = keyOf(name, input);
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    return count === 0;
  });
}

/** Equal calls that rules ask for are one call. */
function distinct(calls: readonly ExplicitCall[]): ExplicitCall[] {
  const byKey = new Map(calls.map((call) => [keyOf(call.name, call.input), call]));
  return [...byKey.values()];
}

/** Goes on where a read stopped, and reads the other documents when none was named. */
function furtherReads(calls: readonly MadeCall[], named: boolean): ExplicitCall[] {
  const reads = calls.filter(({ name }) => name === "read_document");
  if (reads.length >= readLimit) return [];
  const further: ExplicitCall[] = [];
  for (const { input, result } of reads) {
    const answer = result?.ok ? ReadAnswer.safeParse(result.value) : undefined;
    if (!answer?.success || (typeof input === "object" && input !== null && "page" in input)) continue;
    const { id, nextOffset, otherDocuments } = answer.data;
    if (nextOffset !== null)
      further.push({ name: "read_document", input: { document: id, offset: nextOffset } });
    if (named) continue;
    for (const other of otherDocuments.slice(0, documentLimit - 1)) {
      further.push({ name: "read_document", input: { document: other.id } });
    }
  }
  return further;
}

/** Reads already made under another name for the same document and place are not made again. */
function unread(calls: readonly ExplicitCall[], made: readonly MadeCall[]): ExplicitCall[] {
  const seen = new Set<string>();
  for (const { name, input, result } of made) {
    const answer = name === "read_document" && result?.ok ? ReadAnswer.safeParse(result.value) : undefined;
    const offset = typeof input === "object" && input !== null && "offset" in input ? input.offset : 0;
    if (answer?.success) seen.add(`${answer.data.id} ${String(offset)}`);
  }
  return calls.filter(
    ({ input }) => !seen.has(`${String(input["document"])} ${String(input["offset"] ?? 0)}`),
  );
}

/**
 * The next calls for a conversation: those its message spells out; arithmetic and the time where a question
 * is about nothing else; a search for each question; reads for summaries, for named pages, and where there
 * is no search. Depends on nothing but its arguments.
 */
export function planFor(conversation: Conversation, tools: readonly ModelTool[]): Plan {
  const offered = new Set(tools.map(({ name }) => name));
  const explicit = explicitCalls(conversation.question, tools);
  const asked = questionsIn(explicit.rest, conversation.before);

  const ruled: ExplicitCall[] = [];
  const remaining: Asked["asks"] = [];
  let reads = false;
  let named = true;
  for (const ask of asked.asks) {
    const expression = offered.has("calculate") ? arithmeticIn(ask.text) : null;
    const time = offered.has("current_time") ? timeAsked(ask.text) : null;
    if (expression !== null) ruled.push({ name: "calculate", input: { expression } });
    else if (time) ruled.push({ name: "current_time", input: time });
    else {
      remaining.push(ask);
      if (ask.kind === "greeting" || (asked.pasted.length > 0 && ask.kind === "overview")) continue;
      const document = ask.document === undefined ? {} : { document: ask.document };
      const page = ask.page === undefined ? {} : { page: ask.page };
      const wantsReading = ask.kind === "overview" || ask.page !== undefined;
      if (offered.has("read_document") && (wantsReading || !offered.has("search_documents"))) {
        reads ||= ask.page === undefined;
        named &&= ask.document !== undefined;
        ruled.push({ name: "read_document", input: { ...document, ...page } });
      } else if (offered.has("search_documents")) {
        const query = (ask.leans ? `${ask.text} ${ask.context}` : ask.text).slice(0, 1_000).trim();
        if (query !== "")
          ruled.push({ name: "search_documents", input: { query, limit: passageLimit, ...document } });
      }
    }
  }

  const further = reads ? furtherReads(conversation.calls, named) : [];
  const calls = [
    ...notMade([...explicit.calls, ...distinct(ruled)], conversation.calls),
    ...unread(notMade(distinct(further), conversation.calls), conversation.calls),
  ];
  const room = Math.max(0, callLimit - conversation.calls.length);
  return { asked: { ...asked, asks: remaining }, calls: calls.slice(0, room) };
}
