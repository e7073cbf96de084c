/** Which candidates answer a question, by their words alone. */
import { likeness, synonymsOf, termsOf, wordsOf } from "../../../memory/index.ts";
import type { Candidate, Evidence } from "./evidence.ts";
import type { Ask } from "./questions.ts";

export interface Ranked {
  candidate: Candidate;
  /** Share, by weight, of the question's terms that the candidate and its surroundings hold: 0 to 1. */
  coverage: number;
  /** Coverage with what speaks for or against the candidate besides. */
  score: number;
}

/** A term of a question and how much it tells. */
interface Wanted {
  term: string;
  weight: number;
}

/** Share of a question's terms below which nothing is quoted: less would be a guess. */
export const answerable = 0.55;

/** Words of questions that texts seldom repeat. */
const weak = new Set(
  termsOf(
    "mean use work happen tell explain describe give list show find say name need make get know many much long document file page text section according information detail type kind different main available possible support exactly actually usually currently question answer want look consider one two thing way people time does state mention define call provide include contain require happen able best good summarize summarise overview recap outline often appear fit hold held strong default total ever always anything something everything anyone someone exist go come take put give get set let long high big large small far soon keep apply involve relate deal regard concern",
  ),
);

/** A sentence with one of these near its beginning speaks of what the one before it named. */
const resumes = /^\W*(?:[\w’']+\W+){0,3}(?:it|its|they|them|their|this|these|those|he|she|such|both)\b/i;

/** What a term counts when it is met as something other than itself. */
const asSynonym = 0.8;
const asAlike = 0.65;
const inSurroundings = 0.7;
const inName = 0.5;
const inNeighbour = 0.35;

function idf(passages: number, having: number): number {
  return Math.log(1 + (passages - having + 0.5) / (having + 0.5));
}

/**
 * The terms of a question with weights: rare ones, names and numbers tell more; what a document's title says
 * tells less, since all of the document is about it; and a common word that stands nowhere may have been said
 * in another way.
 */
function wantedOf(ask: Ask, evidence: Evidence): Wanted[] {
  const total = Math.max(evidence.passages, evidence.candidates.length / 4, 8);
  const counted = new Map<string, number>();
  for (const { own } of evidence.candidates)
    for (const term of own) counted.set(term, (counted.get(term) ?? 0) + 1);
  const rarity = (term: string): number =>
    idf(total, Math.min(total, evidence.frequency.get(term) ?? counted.get(term) ?? 0));
  const titles = new Set<string>();
  for (const { section } of evidence.candidates) {
    for (const term of termsOf(section.split(" > ", 1)[0] ?? "")) titles.add(term);
  }
  const wanted = new Map<string, number>();
  const text = ask.document === undefined ? ask.text : ask.text.replaceAll(ask.document, " ");
  for (const [position, { word, terms }] of wordsOf(text.replace(/\bpage \d+\b/i, " ")).entries()) {
    const names = (position > 0 && /^\p{Lu}/u.test(word)) || /\p{N}/u.test(word);
    for (const term of terms) {
      const absent = (evidence.frequency.get(term) ?? counted.get(term) ?? 0) === 0;
      const weight =
        rarity(term) *
        (weak.has(term) ? 0.3 : 1) *
        (names ? 1.3 : absent ? 0.7 : 1) *
        (titles.has(term) ? 0.4 : 1);
      wanted.set(term, Math.max(wanted.get(term) ?? 0, weight));
    }
  }
  const share = ask.leans ? 0.5 : 0.25;
  for (const term of termsOf(ask.context)) {
    if (!wanted.has(term)) wanted.set(term, rarity(term) * share * (weak.has(term) ? 0.3 : 1));
  }
  return [...wanted].map(([term, weight]) => ({ term, weight }));
}

function within(term: string, terms: ReadonlySet<string>): number {
  if (terms.has(term)) return 1;
  for (const synonym of synonymsOf(term)) if (terms.has(synonym)) return asSynonym;
  if (term.length < 5) return 0;
  let best = 0;
  for (const other of terms) {
    const value = likeness(term, other);
    if (value >= asAlike && value > best) best = value;
  }
  return best * 0.9;
}

/** Signs of an answer to a question of this form. */
function cueOf(question: string): RegExp | null {
  if (/\b(?:when|what (?:date|year|day|time)|by which date)\b/i.test(question)) {
    return /\b(?:1[5-9]|20)\d\d\b|\b\d{1,2}[:.]\d{2}\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|\b\d+(?:st|nd|rd|th)\b|\b(?:before|after|until|within|days?|weeks?|months?|years?|hours?|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b/i;
  }
  if (/\bhow (?:long|often|soon)\b/i.test(question)) {
    return /\b(?:\d+|one|two|three|four|five|six|seven|ten|twelve|daily|weekly|monthly|yearly|annually|quarterly)\b.*\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)?\b/i;
  }
  if (
    /\bhow (?:many|much|big|large|high|old|far|fast)\b|\b(?:cost|price|fee|rate|limit|maximum|minimum|number|percentage|amount|size)\b/i.test(
      question,
    )
  ) {
    return /\d|\b(?:no|none|one|two|three|four|five|six|seven|eight|nine|ten|half|unlimited|free)\b/i;
  }
  if (/\bwho\b/i.test(question))
    return /\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+|\p{Ll} \p{Lu}\p{Ll}+|\b(?:by|team|group|committee|staff|crew|members?|master|head|manager|owners?|users?|people|customers?|passengers?|employees?)\b/u;
  if (/\bwhy\b/i.test(question))
    return /\b(?:because|since|due to|so that|in order to|therefore|reason|as a result|avoids?|prevents?|otherwise)\b/i;
  if (!/[?？]\s*$/.test(question) && termsOf(question).length > 4) {
    // A statement is held against findings.
    return /\b(?:results?|found|finds?|show(?:s|ed|n)?|suggests?|conclude[sd]?|conclusions?|demonstrate[sd]?|indicate[sd]?|associated|reveal(?:s|ed)?|identif(?:y|ied)|report(?:s|ed)?)\b/i;
  }
  if (/\bwhere\b/i.test(question)) return /\b(?:in|at|under|on|from)\s+(?:the\s+)?[`"/~\p{Lu}]/u;
  return null;
}

/** `What is X?` is answered best by a sentence that says what X is. */
function definitionOf(question: string): RegExp | null {
  const subject =
    /^(?:what (?:is|are|does)|what[’']s|define|who (?:is|was)) (?:an? |the )?["“']?(.{2,60}?)["”']?(?: mean| stand for)?[?.]?$/i.exec(
      question.trim(),
    )?.[1];
  if (subject === undefined) return null;
  const escaped = subject.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");
  return new RegExp(
    `^(?:[^.]{0,30}\\b)?(?:an? |the )?[\`"*“]*${escaped}[\`"*”]*(?: \\([^)]*\\))?,? (?:is|are|was|were|means|refers|stands|describes|provides|allows|lets)\\b`,
    "i",
  );
}

/** Share of the question's neighbouring terms that also stand next to each other here. */
function adjacency(asked: readonly string[], terms: readonly string[]): number {
  if (asked.length < 2) return 0;
  const pairs = new Set(terms.slice(1).map((term, at) => `${terms[at] ?? ""} ${term}`));
  const hits = asked.slice(1).filter((term, at) => pairs.has(`${asked[at] ?? ""} ${term}`)).length;
  return hits / (asked.length - 1);
}

/** Ranks what may be quoted; headings and questions only lend their words to what follows them. */
export function rank(ask: Ask, evidence: Evidence): Ranked[] {
  const wanted = wantedOf(ask, evidence);
  const whole = wanted.reduce((sum, { weight }) => sum + weight, 0);
  if (whole === 0) return [];
  const asked = termsOf(ask.text);
  const cue = cueOf(ask.text);
  const asksWho = /^\W*who\b/i.test(ask.text);
  const definition = definitionOf(ask.text);
  const names = new Map<string, ReadonlySet<string>>();
  const ranked: Ranked[] = [];
  for (const candidate of evidence.candidates) {
    if (candidate.kind === "heading" || !mayAnswer(ask, candidate)) continue;
    if (asksWho && cue !== null && !cue.test(candidate.text)) continue;
    const name = names.get(candidate.document.name) ?? new Set(termsOf(candidate.document.name));
    names.set(candidate.document.name, name);
    let covered = 0;
    let own = 0;
    for (const { term, weight } of wanted) {
      const direct = within(term, candidate.own);
      let value = direct;
      if (value < inSurroundings) {
        value = Math.max(value, inSurroundings * within(term, candidate.around));
      }
      if (value < inName && name.has(term)) value = inName;
      if (value < inSurroundings) value = Math.max(value, nearby(term, candidate));
      covered += weight * value;
      own += weight * direct;
    }
    const coverage = covered / whole;
    if (coverage === 0) continue;
    const wordy = candidate.kind === "code" ? 0 : Math.max(0, candidate.terms.length - 50) * 0.002;
    const score =
      coverage +
      (own / whole) * 0.6 +
      adjacency(asked, candidate.terms) * 0.1 +
      (cue === null ? 0 : cue.test(candidate.text) ? 0.1 : -0.05) +
      (definition?.test(candidate.text) ? 0.25 : 0) +
      (candidate.depth === 1 ? 0.04 : 0) +
      (startsWith(wanted, candidate) ? 0.1 : 0) -
      (candidate.terms.length < 2 ? 0.1 : 0) -
      (candidate.kind === "code" ? 0.05 : 0) -
      Math.min(wordy, 0.1);
    ranked.push({ candidate, coverage, score });
  }
  // Sorting keeps equals in their order, which is that of the evidence.
  return ranked.toSorted((x, y) => y.score - x.score);
}

function mayAnswer(ask: Ask, candidate: Candidate): boolean {
  if (ask.page !== undefined && candidate.page !== ask.page) return false;
  if (ask.document === undefined) return true;
  const wanted = ask.document.toLowerCase();
  return candidate.document.name.toLowerCase().endsWith(wanted) || candidate.document.id === ask.document;
}

/** Whether it begins with what is asked about, as the row, item or sentence about a thing does. */
function startsWith(wanted: readonly Wanted[], { terms }: Candidate): boolean {
  return wanted.some(({ term }) => (term === terms[0] || term === terms[1]) && !weak.has(term));
}

/** What a term counts for standing in the sentence before or after. */
function nearby(term: string, { before, after, block, text }: Candidate): number {
  const previous = before && before.kind !== "heading" ? within(term, before.own) : 0;
  const next = after && after.block === block ? within(term, after.own) : 0;
  const resumed = before?.block === block && resumes.test(text) ? inSurroundings : inNeighbour;
  return Math.max(previous * resumed, next * inNeighbour);
}

/** The words of a question that stand nowhere in what was searched, as the user wrote them. */
export function absentWords(ask: Ask, evidence: Evidence): string[] {
  const present = new Set<string>();
  for (const { own } of evidence.candidates) for (const term of own) present.add(term);
  const absent = wordsOf(ask.text)
    .filter(({ terms }) =>
      terms.every(
        (term) => !weak.has(term) && (evidence.frequency.get(term) ?? (present.has(term) ? 1 : 0)) === 0,
      ),
    )
    .map(({ word }) => word);
  return [...new Set(absent)].slice(0, 5);
}
