/** The terms of a question and how much each tells. */
import { termsOf, wordsOf } from "../../../memory/index.ts";
import type { Evidence } from "./evidence.ts";
import { type Ask, withoutNumber } from "./questions.ts";

/** A term of a question with its weight. */
export interface Wanted {
  term: string;
  weight: number;
}

/** Words of questions that texts seldom repeat. */
const weakTerms = new Set(
  termsOf(
    "mean use work happen tell explain describe give list show find say name need make get know many much long document file page text section according information detail type kind different main available possible support exactly actually usually currently question answer want look consider one two thing way people time does state mention define call provide include contain require happen able best good summarize summarise overview recap outline often appear fit hold held strong default total ever always anything something everything anyone someone exist go come take put give get set let long high big large small far soon keep apply involve relate deal regard concern configure rule thing",
  ),
);

/** Whether a term is one of those that questions use and texts seldom repeat. */
export const isWeak = (term: string): boolean => weakTerms.has(term);

/** What a weak term counts (where it stands nowhere), a name or a number, and a common word that stands nowhere. */
const ofWeak = 0.3;
const ofWeakAbsent = 0.1;
const ofName = 1.3;
const ofAbsent = 0.7;
/** What a word of a document's own title counts in that document. */
const ofTitle = 0.4;
/** What a term of the words around a question counts, and of those that the question leans on. */
const ofContext = 0.25;
const ofLeanedOn = 0.5;

function idf(passages: number, having: number): number {
  return Math.log(1 + (passages - having + 0.5) / (having + 0.5));
}

/**
 * Weighs a question's terms for each document: rare ones, names and numbers tell more; what a document's title
 * says tells less of its sentences, since all of it is about that; and a common word that stands nowhere may
 * have been said in another way. Of more than `most` terms those that tell most are kept.
 */
export function questionTerms(
  ask: Ask,
  evidence: Evidence,
  most: number,
): (document: string) => readonly Wanted[] {
  const { counted, titles } = evidence;
  const total = Math.max(evidence.passages, evidence.candidates.length / 4, 8);
  const having = (term: string): number =>
    Math.min(total, evidence.frequency.get(term) ?? counted.get(term) ?? 0);
  const rarity = (term: string): number => {
    const weakness = having(term) === 0 ? ofWeakAbsent : ofWeak;
    return idf(total, having(term)) * (isWeak(term) ? weakness : 1);
  };

  const weights = new Map<string, number>();
  const asked = withoutNumber(ask.text);
  const text = ask.document === undefined ? asked : asked.replaceAll(ask.document, " ");
  for (const [position, { word, terms }] of wordsOf(text.replace(/\bpage \d+\b/i, " ")).entries()) {
    const isName = (position > 0 && /^\p{Lu}/u.test(word)) || /\p{N}/u.test(word);
    for (const term of terms) {
      const weight = rarity(term) * (isName ? ofName : having(term) === 0 ? ofAbsent : 1);
      weights.set(term, Math.max(weights.get(term) ?? 0, weight));
    }
  }
  for (const term of termsOf(ask.context)) {
    if (!weights.has(term)) weights.set(term, rarity(term) * (ask.leans ? ofLeanedOn : ofContext));
  }

  const all = [...weights];
  const kept = all.length <= most ? all : all.toSorted((x, y) => y[1] - x[1]).slice(0, most);
  const byDocument = new Map<string, readonly Wanted[]>();
  return (document) => {
    const title = titles.get(document);
    const wanted =
      byDocument.get(document) ??
      kept.map(([term, weight]) => ({
        term,
        weight: title?.has(term) ? weight * ofTitle : weight,
      }));
    byDocument.set(document, wanted);
    return wanted;
  };
}
