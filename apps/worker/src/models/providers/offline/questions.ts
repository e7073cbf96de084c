/** A message to what it asks. */
import { segmentsOf, termsOf, type Segment } from "../../../memory/index.ts";

/** One thing asked. */
export interface Ask {
  /** As the user wrote it. */
  text: string;
  /** `question`: find what answers it. `overview`: what a document is about. `greeting`: nothing is asked. */
  kind: "question" | "overview" | "greeting";
  /** Words that the question leans on: the question before it, or what the message says around it. */
  context: string;
  /** Whether it cannot be understood without its context ("and when is it due?"). */
  leans: boolean;
  /** A document it names. */
  document: string | undefined;
  /** A page it names. */
  page: number | undefined;
  /** Whether a list is asked for, so that the items beside a found one belong to the answer. */
  wantsList: boolean;
  /** Whether it asks for a summary of its topic. */
  broad: boolean;
}

/** A question without a number of its own in front of it, such as `Q1:` or `3.`. */
export const withoutNumber = (text: string): string => text.replace(/^\s*\p{L}{0,2}\p{N}{1,3}[.:)]\s/u, "");

/** Questions that are taken from one message, and characters of one and of what it leans on that are looked at. */
const mostAsks = 64;
const longestAsk = 1_000;
const longestContext = 4_000;

export interface Asked {
  asks: Ask[];
  /** The parts of the message that are pasted text rather than questions. */
  pasted: { start: number; end: number }[];
  /** How many more questions the message asks. */
  left: number;
}

const interrogative =
  /^(?:and |so |but |also |then |ok(?:ay)?[,:]? |hi[,!]? |hello[,!]? |q\d*[.:)] ?|question ?\d*[.:)] ?|\d+[.)] )*(?:what(?:'s|’s)?|when|where(?:'s)?|who(?:'s|se|m)?|which|why|how|is|are|was|were|does|do|did|can|could|should|will|would|has|have|may|must|in (?:what|which)|at what|on (?:what|which)|by (?:what|when|how)|for (?:what|how|which|whom)|from (?:what|which|where)|to (?:what|which|whom)|under (?:what|which)|about how)\b/i;

const imperative =
  /^(?:and |then |also |now |please |kindly |can you |could you |would you )*(?:answer|calculate|call|check|compare|compute|cite|convert|count|define|describe|determine|explain|extract|find|give|identify|list|locate|look up|name|outline|quote|read|recap|run|search|show|state|summari[sz]e|tell|use|what about|how about|i(?:'d| would) like to know|i want to know|i need to know|let me know)\b/i;

const endsAsQuestion = /[?？؟]["'”’)\]*_]*$/;

const greeting =
  /^(?:hi|hello|hey|hallo|good (?:morning|afternoon|evening|day)|thanks?(?: you)?|thank you|ok(?:ay)?|test|ping|yo|help)\b[\s\w,!.]{0,24}$/i;

const overviewWords =
  /\b(?:summar(?:y|ies|i[sz]e[sd]?|i[sz]ation)|overview|gist|recap|tl;?dr|key points?|main points?|main ideas?|highlights?|outline|what (?:is|are|does|do) (?:this|it|that|these|they|the|my)(?: \w+){0,2}? ?(?:about|say)|what(?:'s|’s) (?:this|it|that|the|in|inside)(?: \w+){0,2}? ?(?:about)?|describe (?:this|the|it)|(?:about|of) (?:this|the|these|those|my|each|all|both)(?: attached)? (?:documents?|files?|papers?|reports?|texts?|attachments?|pdfs?))\b/i;

/** Words that say how to answer rather than what about. */
const aboutAnswering = new Set(
  termsOf(
    "summary summarize summarise overview gist recap tldr key main point idea highlight outline describe explain tell give list show find document file paper report text attachment attached pdf page short brief briefly please sentence word content contain say read quote answer question following detail information topic markdown everything whole entire quick",
  ),
);

const listWords =
  /\b(?:list|enumerate|name (?:all|the|every)|what are|which(?: \w+){1,3} (?:are|can|do|does|exist|have|support)|what (?:kinds?|types?|sorts?|options|steps|features|requirements|reasons|ways)|(?:all|every) (?:of )?the|steps)\b/i;

const leaning =
  /\b(?:it|its|they|them|their|theirs|this|that|these|those|he|she|his|her|there|one|ones|so|same|above|also|else|what about|how about)\b/i;

const fileName =
  /["'“”`]?([\p{L}\p{N}][\p{L}\p{N} _.()-]{0,80}?\.(?:pdf|md|markdown|txt|html?|csv|tsv|jsonl?|ndjson|log|xml|rst|tex|ya?ml))\b["'“”`]?/giu;

/** A file's name in a sentence: without quotes the last word of the match is the name. */
function documentIn(text: string): { name: string; rest: string } | null {
  for (const match of text.matchAll(fileName)) {
    const whole = match[0];
    const quoted = /^["'“`]/.test(whole);
    const name = quoted ? (match[1] ?? "") : (/[^\s]+$/.exec(match[1] ?? "")?.[0] ?? "");
    if (name === "") continue;
    const cut = quoted ? whole : name;
    const rest = text
      .replace(cut, " ")
      .replace(
        /\b(?:in|from|of|according to|inside|per)\s+(?:the (?:file|document|pdf)\s+)?(?=[\s,.?!]|$)/i,
        " ",
      );
    return { name, rest: rest.replace(/\s+/g, " ").trim() };
  }
  return null;
}

function askOf(whole: string, context: string): Ask {
  const text = whole.slice(0, longestAsk);
  const named = documentIn(text);
  const plain = named?.rest ?? text;
  const page = /\bpage (\d{1,4})\b/i.exec(plain)?.[1];
  const topic = termsOf(plain.replace(/\bpage \d+\b/i, "")).filter((term) => !aboutAnswering.has(term));
  const isOverview =
    (overviewWords.test(plain) && topic.length === 0) ||
    (topic.length === 0 && (named !== null || page !== undefined));
  return {
    text,
    kind: greeting.test(text.trim()) ? "greeting" : isOverview ? "overview" : "question",
    context: context.slice(0, longestContext),
    leans: topic.length < 2 || (leaning.test(plain) && topic.length < 4),
    document: named?.name,
    page: page === undefined ? undefined : Number(page),
    wantsList: listWords.test(plain),
    broad: overviewWords.test(plain),
  };
}

/** Cuts "What is A and when is B?" in two. */
const split = (text: string): string[] =>
  text
    .split(
      /(?:,? and(?: also)?|;|, | – | — )\s*(?=(?:what|when|where|who|whose|which|why|how (?:much|many|long|often|far|old|big|large|do|does|did|can|to|is|are|should)|(?:is|are) there)\b(?! (?:of|is why)\b))/i,
    )
    .map((part) => part.trim())
    .filter((part) => termsOf(part).length > 0 || part.length > 8);

const asksSomething = (text: string): boolean =>
  endsAsQuestion.test(text) || ((interrogative.test(text) || imperative.test(text)) && text.length < 400);

/** Whether "Answer these:" announces that the items after it are questions. */
const announces = (text: string): boolean =>
  /:\s*$/.test(text) &&
  /\b(?:answer|tell|find|following|questions?|list|give|need|want|know|about|these|extract)\b/i.test(text);

/** Units of pasted text from which it is a document of its own. */
const pastedLeast = 120;

function classify(
  message: string,
  segments: readonly Segment[],
): { questions: Segment[]; others: Segment[] } {
  const questions: Segment[] = [];
  const others: Segment[] = [];
  let announced = false;
  for (const segment of segments) {
    const text = message.slice(segment.start, segment.end);
    if (segment.kind === "item" && announced) {
      questions.push(segment);
      continue;
    }
    announced = announces(text);
    if (announced && text.length < 200) continue;
    if (segment.kind !== "code" && segment.kind !== "row" && asksSomething(text)) questions.push(segment);
    else others.push(segment);
  }
  return { questions, others };
}

/**
 * What a message asks, one by one, and which parts of it are text to be asked about. `before` is the
 * message before it, which a question such as "and how long?" leans on.
 */
export function questionsIn(message: string, before: string): Asked {
  const segments = segmentsOf(message);
  const read = classify(message, segments);
  const sizeOf = (list: readonly Segment[]): number =>
    list.reduce((sum, { start, end }) => sum + end - start, 0);
  const whole = message.trim();
  let { questions, others } = read;

  // The last or first of many "questions" inside a long paste may be part of it: a few is what people ask.
  if (questions.length > 12) {
    const edge = questions.filter(
      (segment) => segment === segments.at(-1) || segment === segments[0] || segment === segments.at(-2),
    );
    if (edge.length > 0 && sizeOf(segments) > 2_000) {
      questions = edge;
      others = segments.filter((segment) => !edge.includes(segment));
    }
  }

  if (questions.length === 0 && whole !== "") {
    if (sizeOf(others) < 600) {
      const items = others.filter(({ kind }) => kind === "item");
      const chosen = items.length > 1 ? items.map(({ start, end }) => message.slice(start, end)) : [whole];
      const asks = chosen.slice(0, mostAsks).map((text) => askOf(text, before));
      return { asks, pasted: [], left: chosen.length - asks.length };
    }
    return {
      asks: [{ ...askOf("", ""), text: "Summary", kind: "overview" }],
      pasted: others.map(({ start, end }) => ({ start, end })),
      left: 0,
    };
  }

  const isPaste = sizeOf(others) >= pastedLeast;
  const around = isPaste ? "" : others.map(({ start, end }) => message.slice(start, end)).join(" ");
  const asks: Ask[] = [];
  for (const { start, end } of questions.slice(0, mostAsks)) {
    for (const text of split(message.slice(start, end))) {
      if (asks.length === mostAsks) break;
      const previous = asks.at(-1);
      const ask = askOf(text, around);
      const leansOn = ask.leans ? (previous?.text ?? before) : "";
      asks.push({
        ...ask,
        context: `${around} ${leansOn}`.trim().slice(0, longestContext),
        document: ask.document ?? (ask.leans ? previous?.document : undefined),
      });
    }
  }
  return {
    asks,
    pasted: isPaste ? others.map(({ start, end }) => ({ start, end })) : [],
    left: Math.max(0, questions.length - mostAsks),
  };
}
