/** The answer's text and its sources, block by block. */
import type { ModelSource } from "../../contract.ts";
import type { Conversation, MadeCall } from "./conversation.ts";
import { gatherEvidence, type Evidence } from "./evidence.ts";
import { overview } from "./overview.ts";
import type { Ask, Asked } from "./questions.ts";
import { absentWords, Likenesses, type Comparing } from "./rank.ts";
import { ReadAnswer, SearchAnswer } from "./results.ts";
import { select, type Quotation } from "./select.ts";

/** A piece of the answer that stands or falls whole, with the sources it cites. */
export interface Block {
  text: string;
  sources: ModelSource[];
}

const nothingToQuote =
  "I am offline/extract, an extractive model: I answer with verbatim sentences from documents, and write nothing of my own. There is nothing here that I could quote from. Attach a document (text, Markdown, HTML, CSV, JSON or PDF) and ask about it, or paste its text into the message; for conversation, choose a language model for this agent.";

const greeting =
  "I am offline/extract, an extractive model: I answer with verbatim sentences from the documents of this agent, each with its place. Attach a document and ask a question about it; for conversation, choose a language model for this agent.";

const namesShown = 5;

/** Questions times pieces of text, and these times terms of a question, that are gone through for one answer. */
const mostPairs = 200_000;
const mostComparisons = 4_000_000;
/** What is gone through however much text there is. */
const fewestQuestions = 8;
const fewestTerms = 16;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(", ");
  const more = names.length - namesShown;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

const sourceOf = ({ document, start, end }: Quotation): ModelSource => ({
  id: `${document.id}:${start}-${end}`,
  title: document.name,
  mediaType: document.mediaType,
  start,
  end,
});

function citation({ document, start, end, page }: Quotation): string {
  const where = page === undefined ? "" : `, page ${page}`;
  return `[${document.name}, characters ${start}–${end}${where}]`;
}

/** Fences longer than any run of backticks inside. */
function fenced(text: string): string {
  const runs = text.match(/`{3,}/g) ?? [];
  const fence = "`".repeat(runs.reduce((longest, run) => Math.max(longest, run.length + 1), 3));
  return `${fence}\n${text}\n${fence}`;
}

const quotationBlock = (quotation: Quotation): Block => ({
  text: quotation.code
    ? `${fenced(quotation.text)}\n${citation(quotation)}`
    : `- ${quotation.text} ${citation(quotation)}`,
  sources: [sourceOf(quotation)],
});

const plain = (text: string): Block => ({ text, sources: [] });

function notFound(ask: Ask, evidence: Evidence): Block {
  const searched =
    ask.document === undefined
      ? evidence.documents
      : evidence.documents.filter((name) => name.toLowerCase().endsWith(ask.document?.toLowerCase() ?? ""));
  const absent = absentWords(ask, evidence);
  const where = searched.length > 0 ? listed(searched) : (ask.document ?? "the documents");
  const words = absent.map((word) => `"${word}"`).join(", ");
  const why = absent.length === 0 ? "" : ` No passage holds ${words}.`;
  return plain(`Not found in ${where}.${why}`);
}

function answerTo(ask: Ask, evidence: Evidence, comparing: Comparing): Block[] {
  if (ask.kind === "greeting") return [plain(greeting)];
  if (evidence.documents.length === 0) return [];
  const quotations = ask.kind === "overview" ? overview(ask, evidence) : select(ask, evidence, comparing);
  return quotations.length === 0 ? [notFound(ask, evidence)] : quotations.map(quotationBlock);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a tool other than those for documents answered, in words where its answer is known here. */
function toolBlock({ name, result }: MadeCall): Block | null {
  if (result === null) return plain(`\`${name}\` gave no answer.`);
  if (!result.ok) return plain(`\`${name}\` failed: ${result.error}`);
  const { value } = result;
  if (name === "search_documents" && SearchAnswer.safeParse(value).success) return null;
  if (name === "read_document" && ReadAnswer.safeParse(value).success) return null;
  if (name === "calculate" && isRecord(value) && typeof value["result"] === "string") {
    const sign = value["exact"] === false ? "≈" : "=";
    return plain(`${String(value["expression"])} ${sign} ${value["result"]}`);
  }
  if (name === "current_time" && isRecord(value) && typeof value["local"] === "string") {
    const { weekday, local, timeZone } = value;
    return plain(`It is ${String(weekday)}, ${local} (${String(timeZone)}).`);
  }
  if (typeof value === "string") {
    return plain(
      value.includes("\n") ? `\`${name}\` answered:\n\n${fenced(value)}` : `\`${name}\` answered: ${value}`,
    );
  }
  const json = JSON.stringify(value, null, 2) ?? "null";
  return plain(
    json.includes("\n") ? `\`${name}\` answered:\n\n${fenced(json)}` : `\`${name}\` answered: ${json}`,
  );
}

/** The documents that could not be read, or not to their end. */
function caveats(conversation: Conversation, evidence: Evidence): Block[] {
  const failed = new Map(evidence.notSearched.map(({ name, reason }) => [name, reason]));
  return [
    ...conversation.unread.map((problem) => plain(`Not read: ${problem}.`)),
    ...[...failed].map(([name, reason]) => plain(`Not read: ${name} (${reason.replace(/\.$/, "")}).`)),
    ...evidence.partlyRead.map(({ name, read, total }) =>
      plain(`Of ${name} only the first ${read} of ${total} characters were read.`),
    ),
  ];
}

/**
 * The answer: what tools said, then each question with its quotations, then what could not be read. Depends
 * on nothing but its arguments.
 */
export function answerBlocks(conversation: Conversation, asked: Asked): Block[] {
  const evidence = gatherEvidence(conversation, asked.pasted);
  const tools = conversation.calls.flatMap((call) => toolBlock(call) ?? []);
  const pieces = Math.max(1, evidence.candidates.length);
  const asks = asked.asks.slice(0, Math.max(fewestQuestions, Math.floor(mostPairs / pieces)));
  const comparing = {
    likenesses: new Likenesses(),
    mostTerms: Math.max(fewestTerms, Math.floor(mostComparisons / (pieces * Math.max(1, asks.length)))),
  };
  const left = asked.left + asked.asks.length - asks.length;
  const answers = asks.map((ask) => ({ ask, blocks: answerTo(ask, evidence, comparing) }));
  const titled = answers.length > 1;
  const body = answers.flatMap(({ ask, blocks: [first, ...rest] }) => {
    if (first === undefined) return [];
    const title = titled ? `**${ask.text.replace(/\s+/g, " ").replace(/\*+/g, "")}**\n\n` : "";
    return [{ ...first, text: title + first.text }, ...rest];
  });
  const unanswered = answers.some(({ blocks }) => blocks.length === 0);
  const empty = tools.length === 0 && body.length === 0;
  return [
    ...tools,
    ...body,
    ...(unanswered || empty ? [plain(nothingToQuote)] : []),
    ...caveats(conversation, evidence),
    ...(left > 0 ? [plain(tooMany(left))] : []),
  ];
}

const tooMany = (left: number): string =>
  `Not looked at: ${left} more question${left === 1 ? "" : "s"}, for which there was too much to go through. Ask fewer at once.`;
