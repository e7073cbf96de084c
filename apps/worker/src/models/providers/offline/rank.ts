/** Which candidates answer a question, by their words alone. */
import { likeness, synonymsOf, termsOf, wordsOf } from "../../../memory/index.ts";
import { cueOf, definitionOf } from "./answer-cues.ts";
import type { Candidate, Evidence } from "./evidence.ts";
import { isWeak, questionTerms, type Wanted } from "./question-terms.ts";
import { type Ask, withoutNumber } from "./questions.ts";

export interface Ranked {
  candidate: Candidate;
  /** Share, by weight, of the question's terms that the candidate and its surroundings hold: 0 to 1. */
  coverage: number;
  /** The same, of the candidate's own words alone. */
  own: number;
  /** Coverage with what speaks for or against the candidate besides. */
  score: number;
}

/** Share of a question's terms below which nothing is quoted: less would be a guess. */
export const answerable = 0.55;

/** The same where a summary of a topic is asked for, whose sentences need not name all of it. */
export const answerableBroadly = 0.4;

/** A sentence with one of these near its beginning speaks of what the one before it named. */
const resumes =
  /^\W*(?:\w[\w’']*[^\w’']\W*){0,3}(?:it|its|they|them|their|this|these|those|he|she|such|both)\b/i;

/** What a term counts when it is met as something other than itself. */
const asSynonym = 0.8;
const asAlike = 0.65;
const inSurroundings = 0.7;
const inName = 0.5;
const inNeighbour = 0.35;

/**
 * Words that may be looked at for those written alike, in one answer. To look whether two were compared before
 * counts as several, and to compare them as many as the word has letters, several times.
 */
const mostLooks = 12_000_000;
const looksOfKnown = 3;
const looksOfLetter = 6;

/** How far terms stand for each other, 0 to 1; remembers what it compared. */
export class Likenesses {
  #known = new Map<string, Map<string, number>>();
  #left = mostLooks;

  within(term: string, terms: ReadonlySet<string>): number {
    if (terms.has(term)) return 1;
    for (const synonym of synonymsOf(term)) if (terms.has(synonym)) return asSynonym;
    if (term.length < 5 || this.#left <= 0) return 0;
    this.#left -= terms.size;
    const known = this.#known.get(term) ?? new Map<string, number>();
    this.#known.set(term, known);
    let best = 0;
    for (const other of terms) {
      if (other[0] !== term[0]) continue;
      this.#left -= looksOfKnown;
      const value = known.get(other) ?? this.#compared(term, other);
      known.set(other, value);
      if (value >= asAlike && value > best) best = value;
    }
    return best * 0.9;
  }

  #compared(term: string, other: string): number {
    this.#left -= other.length * looksOfLetter;
    return likeness(term, other);
  }

  /** What a term counts for standing in the sentence before or after. */
  nearby(term: string, { before, after, block, text }: Candidate): number {
    const previous = before && before.kind !== "heading" ? this.within(term, before.own) : 0;
    const next = after?.block === block ? this.within(term, after.own) : 0;
    const resumed = before?.block === block && resumes.test(text) ? inSurroundings : inNeighbour;
    return Math.max(previous * resumed, next * inNeighbour);
  }
}

/** Share of the question's neighbouring terms that also stand next to each other here. */
function adjacency(asked: readonly string[], terms: readonly string[]): number {
  if (asked.length < 2) return 0;
  const pairs = new Set(terms.slice(1).map((term, at) => `${terms[at] ?? ""} ${term}`));
  const hits = asked.slice(1).filter((term, at) => pairs.has(`${asked[at] ?? ""} ${term}`)).length;
  return hits / (asked.length - 1);
}

/** What the questions of one answer are compared with. */
export interface Comparing {
  likenesses: Likenesses;
  /** Terms of one question that are looked for. */
  mostTerms: number;
}

/** Ranks what may be quoted; headings and questions only lend their words to what follows them. */
export function rank(ask: Ask, evidence: Evidence, { likenesses, mostTerms }: Comparing): Ranked[] {
  const termsFor = questionTerms(ask, evidence, mostTerms);
  const asked = termsOf(ask.text);
  const cue = cueOf(ask.text);
  const asksWho = /^\W*who\b/i.test(ask.text);
  const definition = definitionOf(ask.text);
  const names = new Map<string, ReadonlySet<string>>();
  const ranked: Ranked[] = [];
  for (const candidate of evidence.candidates) {
    if (candidate.kind === "heading" || !mayAnswer(ask, candidate)) continue;
    const hasCue = cue?.test(candidate.text) ?? false;
    if (asksWho && cue !== null && !hasCue) continue;
    const name = names.get(candidate.document.name) ?? new Set(termsOf(candidate.document.name));
    names.set(candidate.document.name, name);
    const wanted = termsFor(candidate.document.id);
    const whole = wanted.reduce((sum, { weight }) => sum + weight, 0);
    let covered = 0;
    let own = 0;
    for (const { term, weight } of wanted) {
      const direct = likenesses.within(term, candidate.own);
      let value = direct;
      if (value < inSurroundings) {
        value = Math.max(value, inSurroundings * likenesses.within(term, candidate.around));
      }
      if (value < inName && name.has(term)) value = inName;
      if (value < inSurroundings) value = Math.max(value, likenesses.nearby(term, candidate));
      covered += weight * value;
      own += weight * direct;
    }
    if (covered === 0) continue;
    const coverage = covered / whole;
    const score =
      coverage +
      (own / whole) * 0.6 +
      adjacency(asked, candidate.terms) * 0.1 +
      (cue === null ? 0 : hasCue ? 0.1 : -0.05) +
      (definition === null ? 0 : definingness(definition, candidate)) +
      (candidate.depth === 1 ? 0.04 : 0) +
      (startsWith(wanted, candidate) ? 0.1 : 0) +
      (ask.wantsList && (candidate.kind === "item" || candidate.kind === "row") ? 0.2 : 0) -
      unwieldiness(candidate);
    ranked.push({ candidate, coverage, own: own / whole, score });
  }
  // Sorting keeps equals in their order, which is that of the evidence.
  return ranked.toSorted((x, y) => y.score - x.score);
}

/** How much a piece looks like saying what a thing is: a text about it does so in a sentence, at its beginning. */
function definingness(definition: RegExp, { kind, start, text }: Candidate): number {
  if (kind === "code" || kind === "row") return -0.2;
  return definition.test(text) ? 0.25 : Math.max(0, 0.15 * (1 - start / 2_000));
}

/** What speaks against quoting fragments, code and endless sentences. */
function unwieldiness({ kind, terms, text }: Candidate): number {
  if (kind === "code") return text.length > 800 ? 0.25 : 0.08;
  return terms.length < 2 ? 0.1 : Math.min(0.1, Math.max(0, terms.length - 50) * 0.002);
}

function mayAnswer(ask: Ask, candidate: Candidate): boolean {
  if (ask.page !== undefined && candidate.page !== ask.page) return false;
  if (ask.document === undefined) return true;
  const wanted = ask.document.toLowerCase();
  return candidate.document.name.toLowerCase().endsWith(wanted) || candidate.document.id === ask.document;
}

/** Whether it begins with what is asked about, as the row, item or sentence about a thing does. */
function startsWith(wanted: readonly Wanted[], { terms }: Candidate): boolean {
  return wanted.some(({ term }) => (term === terms[0] || term === terms[1]) && !isWeak(term));
}

/** What single things are named by, as `E4` and `CD20` are: letters, then digits. */
const code = /^(\p{Lu}+)(\p{N}+)$/u;

/** Whether a word is such a name, and stands nowhere in what was searched, in one or in two. */
function isAbsentCode(word: string, { candidates, frequency, titles }: Evidence): boolean {
  const [, letters, digits] = code.exec(word) ?? [];
  if (letters === undefined || digits === undefined) return false;
  const form = new RegExp(`(?<![\\p{L}\\p{N}])${letters}[\\s-]?${digits}(?!\\p{N})`, "iu");
  const term = word.toLowerCase();
  if ((frequency.get(term) ?? 0) > 0) return false;
  return !(
    [...titles.values()].some((title) => title.has(term)) || candidates.some(({ text }) => form.test(text))
  );
}

/** Whether a question names a single thing that is named nowhere: what is said of others does not answer it. */
export const namesWhatIsAbsent = ({ text }: Ask, evidence: Evidence): boolean =>
  wordsOf(withoutNumber(text)).some(({ word }) => isAbsentCode(word, evidence));

/** The words of a question that stand nowhere in what was searched, as the user wrote them. */
export function absentWords(ask: Ask, evidence: Evidence): string[] {
  const { frequency, counted } = evidence;
  const absent = wordsOf(withoutNumber(ask.text))
    .filter(
      ({ word, terms }) =>
        isAbsentCode(word, evidence) ||
        terms.every((term) => !isWeak(term) && (frequency.get(term) ?? counted.get(term) ?? 0) === 0),
    )
    .map(({ word }) => word);
  return [...new Set(absent)].slice(0, 5);
}
