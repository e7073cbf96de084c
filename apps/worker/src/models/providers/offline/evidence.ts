/** Everything that may be quoted, cut into candidates. */
import { segmentsOf, termsOf, type Segment } from "../../../memory/index.ts";
import type { Conversation, MadeCall } from "./conversation.ts";
import { isNavigation } from "./navigation.ts";
import { ReadAnswer, SearchAnswer } from "./results.ts";

/** Pieces that are looked at for one answer: as many as a book of five hundred pages has sentences. */
const mostCandidates = 10_000;

export interface QuotedDocument {
  id: string;
  name: string;
  mediaType: string;
}

/** A part of a document's text: characters `start` and on. */
interface Excerpt {
  document: QuotedDocument;
  start: number;
  text: string;
  /** The page of its beginning, where the document has pages. */
  page: number | undefined;
  section: string;
  columns: string;
}

/** A piece of text that may answer. Positions are those of the whole document's text. */
export interface Candidate {
  document: QuotedDocument;
  kind: Segment["kind"];
  start: number;
  end: number;
  text: string;
  page: number | undefined;
  block: number;
  section: string;
  /** For a row of a table: the row of its column names, where it is not that row itself. */
  columns: string;
  terms: readonly string[];
  own: ReadonlySet<string>;
  /** Terms of the headings, of the columns' names, and of a question that it follows. */
  around: ReadonlySet<string>;
  /** Its neighbours in the text. */
  before: Candidate | undefined;
  after: Candidate | undefined;
  /** Segments since the last heading or question. */
  depth: number;
  /** The text it was cut from, which begins at `start` of the document's. */
  source: { start: number; text: string };
}

export interface Evidence {
  candidates: Candidate[];
  /** Names of what was searched or read. */
  documents: string[];
  notSearched: { name: string; reason: string }[];
  /** Documents of which only the first characters were read. */
  partlyRead: { name: string; read: number; total: number }[];
  /** For a stemmed term: the passages that hold it, of how many; as far as a search has told. */
  frequency: Map<string, number>;
  passages: number;
  /** For a stemmed term: the candidates that hold it. */
  counted: ReadonlyMap<string, number>;
  /** By a document's id: the terms of its own title. */
  titles: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The headings over a segment of an excerpt that itself stands under headings, some of them perhaps in it. */
function under(outer: string, inner: string): string {
  if (outer === "" || inner === "" || outer.endsWith(inner)) return outer || inner;
  return inner.startsWith(outer) ? inner : `${outer} > ${inner}`;
}

/** Adds what an excerpt is cut into, as far as there is room, and says so where there is too little. */
function addCandidates(
  evidence: Evidence,
  excerpt: Excerpt,
  firstBlock: number,
  isWanted: (candidate: Candidate) => boolean,
): void {
  const segments = segmentsOf(excerpt.text);
  const looked = segments.slice(0, mostCandidates - evidence.candidates.length);
  evidence.candidates.push(...candidatesOf(excerpt, looked, firstBlock).filter(isWanted));
  const { name } = excerpt.document;
  if (looked.length < segments.length && !evidence.partlyRead.some((part) => part.name === name)) {
    const read = excerpt.start + (looked.at(-1)?.end ?? 0);
    evidence.partlyRead.push({ name, read, total: excerpt.start + excerpt.text.length });
  }
}

/** Whether a candidate lies in one of these parts, which are in order as the candidates are that it is asked of. */
function within(parts: readonly { start: number; end: number }[]): (candidate: Candidate) => boolean {
  let at = 0;
  return ({ start, end }) => {
    while (at < parts.length && (parts[at]?.end ?? 0) <= start) at += 1;
    const part = parts[at];
    return part !== undefined && start >= part.start && end <= part.end;
  };
}

/** Makes the pieces of an excerpt candidates that know their neighbours. */
function candidatesOf(excerpt: Excerpt, segments: readonly Segment[], firstBlock: number): Candidate[] {
  const candidates: Candidate[] = [];
  const cache = new Map<string, ReadonlySet<string>>();
  const setOf = (text: string): ReadonlySet<string> => {
    const known = cache.get(text) ?? new Set(termsOf(text));
    cache.set(text, known);
    return known;
  };
  let asked = "";
  let depth = 0;
  let inherited = excerpt.columns;
  let before: Candidate | undefined;
  for (const segment of segments) {
    const text = excerpt.text.slice(segment.start, segment.end);
    const isQuestion = segment.kind !== "code" && /[?？]["'”’)*_]*$/.test(text);
    const section = under(excerpt.section, segment.section);
    // Rows that an excerpt begins with may have their column names before it.
    if (segment.kind !== "row") inherited = "";
    const columns = segment.kind === "row" ? inherited || segment.header : "";
    const terms = termsOf(text);
    const candidate: Candidate = {
      document: excerpt.document,
      // A question, or a line of a table of contents, says nothing itself.
      kind: isQuestion || isNavigation(text) ? "heading" : segment.kind,
      start: excerpt.start + segment.start,
      end: excerpt.start + segment.end,
      text,
      page: excerpt.page === undefined ? undefined : excerpt.page + segment.page,
      block: firstBlock + segment.block,
      section,
      columns,
      terms,
      own: new Set(terms),
      around: setOf(`${section}\n${columns}\n${asked}`),
      before,
      after: undefined,
      depth,
      source: excerpt,
    };
    if (before) before.after = candidate;
    before = candidate;
    candidates.push(candidate);
    depth = candidate.kind === "heading" ? 0 : depth + 1;
    if (isQuestion) asked = text;
    else if (segment.kind === "heading" || depth > 3) asked = "";
  }
  return candidates;
}

function addSearch(evidence: Evidence, excerpts: Excerpt[], answer: SearchAnswer): void {
  for (const { document, name, mediaType, start, text, page, section, columns } of answer.passages) {
    excerpts.push({ document: { id: document, name, mediaType }, start, text, page, section, columns });
  }
  for (const { name } of answer.documents) evidence.documents.push(name);
  evidence.notSearched.push(...answer.notSearched);
  evidence.passages = Math.max(evidence.passages, answer.passagesSearched);
  for (const [word, count] of Object.entries(answer.wordCounts)) {
    for (const term of termsOf(word))
      evidence.frequency.set(term, Math.max(evidence.frequency.get(term) ?? 0, count));
  }
}

function addRead(evidence: Evidence, excerpts: Excerpt[], answer: ReadAnswer): void {
  const { id, name, mediaType, start, text, page } = answer;
  const previous = excerpts.find((one) => one.document.id === id && one.start + one.text.length === start);
  // What one read cut in two is one again.
  if (previous) previous.text += text;
  else excerpts.push({ document: { id, name, mediaType }, start, text, page, section: "", columns: "" });
  evidence.documents.push(name);
}

/** Gathers what the calls brought and what the messages themselves hold. */
export function gatherEvidence(
  conversation: Conversation,
  pasted: readonly { start: number; end: number }[],
): Evidence {
  const evidence: Evidence = {
    candidates: [],
    documents: [],
    notSearched: [],
    partlyRead: [],
    frequency: new Map(),
    passages: 0,
    counted: new Map(),
    titles: new Map(),
  };
  const excerpts: Excerpt[] = [];
  const inline = [...conversation.files, ...conversation.earlier];
  for (const { id, name, mediaType, text } of inline) {
    const page = text.includes("\f") ? 1 : undefined;
    excerpts.push({ document: { id, name, mediaType }, start: 0, text, page, section: "", columns: "" });
    evidence.documents.push(name);
  }
  const totals = new Map<string, number>();
  for (const call of conversation.calls) addResult(evidence, excerpts, totals, call);
  for (const [id, total] of totals) {
    const read = excerpts
      .filter(({ document }) => document.id === id)
      .map(({ start, text }) => start + text.length);
    const end = Math.max(0, ...read);
    const name = excerpts.find(({ document }) => document.id === id)?.document.name ?? id;
    if (end < total) evidence.partlyRead.push({ name, read: end, total });
  }

  if (pasted.length > 0) {
    const document = { id: "message", name: "message", mediaType: "text/plain" };
    evidence.documents.push(document.name);
    const { question: text } = conversation;
    const message = { document, start: 0, text, page: undefined, section: "", columns: "" };
    addCandidates(evidence, message, 0, within(pasted));
  }
  const seen = new Set<string>();
  for (const [number, excerpt] of excerpts.entries()) {
    addCandidates(evidence, excerpt, (number + 1) * 1_000_000, ({ document, start, end }) => {
      const key = `${document.id} ${start} ${end}`;
      return seen.size < seen.add(key).size;
    });
  }
  evidence.documents = [...new Set(evidence.documents)];
  return { ...evidence, counted: counted(evidence.candidates), titles: titlesOf(evidence.candidates) };
}

function counted(candidates: readonly Candidate[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { own } of candidates) for (const term of own) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

function titlesOf(candidates: readonly Candidate[]): Map<string, Set<string>> {
  const titles = new Map<string, Set<string>>();
  let last = "";
  for (const { section, document } of candidates) {
    const [title = ""] = section.split(" > ", 1);
    const known = titles.get(document.id) ?? new Set();
    if (title !== "" && (known.size === 0 || title !== last)) {
      for (const term of termsOf(title)) known.add(term);
    }
    titles.set(document.id, known);
    last = title;
  }
  return titles;
}

function addResult(
  evidence: Evidence,
  excerpts: Excerpt[],
  totals: Map<string, number>,
  { name, input, result }: MadeCall,
): void {
  if (!result?.ok) return;
  if (name === "search_documents") {
    const answer = SearchAnswer.safeParse(result.value);
    if (answer.success) addSearch(evidence, excerpts, answer.data);
  } else if (name === "read_document") {
    const answer = ReadAnswer.safeParse(result.value);
    if (!answer.success) return;
    addRead(evidence, excerpts, answer.data);
    const wholeWanted = !(typeof input === "object" && input !== null && "page" in input);
    if (wholeWanted) totals.set(answer.data.id, answer.data.total);
  }
}
