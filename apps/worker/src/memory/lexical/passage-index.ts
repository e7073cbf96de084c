/** BM25 over the passages of documents. */
import { passagesOf, type Passage } from "./passages.ts";
import { synonymsOf } from "./synonyms.ts";
import { likeness, mayBeMisspelt, termsOf, wordsOf } from "./terms.ts";

/** BM25's parameters, as usual. Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009. */
const k1 = 1.2;
const b = 0.75;

/** What a synonym or a likely misspelling counts beside the word itself. */
const synonymWeight = 0.4;
const likenessFloor = 0.6;

/**
 * Terms of headings and column names that one index takes in: as many as its text has characters, and these. A text
 * whose many short passages all stand under long headings would otherwise be indexed many times over.
 */
const inheritedLeast = 10_000;

/** Letters that are compared in one search with words that stand nowhere. */
const comparedLetters = 2_000_000;

/** An inverted index of one text. */
export interface PassageIndex {
  text: string;
  passages: Passage[];
  /** Terms in each passage, those of its headings included. */
  lengths: number[];
  /** For each term: passage, count, passage, count, … */
  postings: Map<string, number[]>;
  /** For each term: passages that hold it in their own text, not only in the headings above. */
  holding: Map<string, number>;
}

/** The passages of a text with their terms; the headings a passage stands under belong to it. */
export function indexPassages(text: string): PassageIndex {
  const passages = passagesOf(text);
  const postings = new Map<string, number[]>();
  const holding = new Map<string, number>();
  const lengths: number[] = [];
  let room = text.length + inheritedLeast;
  let inherited: { from: Passage; terms: string[] } | undefined;
  for (const [number, passage] of passages.entries()) {
    const own = termsOf(text.slice(passage.start, passage.end));
    if (inherited?.from.section !== passage.section || inherited.from.columns !== passage.columns) {
      inherited = { from: passage, terms: termsOf(`${passage.section}\n${passage.columns}`) };
    }
    room -= inherited.terms.length;
    const terms = room < 0 ? own : own.concat(inherited.terms);
    for (const term of new Set(own)) holding.set(term, (holding.get(term) ?? 0) + 1);
    lengths.push(terms.length);
    for (const term of terms) {
      const list = postings.get(term);
      if (list === undefined) postings.set(term, [number, 1]);
      else if (list.at(-2) === number) list[list.length - 1] = (list.at(-1) ?? 0) + 1;
      else list.push(number, 1);
    }
  }
  return { text, passages, lengths, postings, holding };
}

export interface FoundPassage extends Passage {
  /** Which of the given indexes it is in. */
  index: number;
  score: number;
}

export interface PassageSearch {
  /** Best first; equals in the order of the texts. */
  found: FoundPassage[];
  /** In how many passages each word of the query stands, itself or as another form of it. */
  occurrences: Record<string, number>;
  /** Passages searched. */
  passages: number;
}

const idf = (passages: number, having: number): number =>
  Math.log(1 + (passages - having + 0.5) / (having + 0.5));

/** The words of some texts by their first letter, for finding what is meant by one that is misspelt. */
class Vocabulary {
  readonly #indexes: readonly PassageIndex[];
  #byFirst: Map<string, Set<string>> | undefined;
  #letters = comparedLetters;

  constructor(indexes: readonly PassageIndex[]) {
    this.#indexes = indexes;
  }

  /** Terms that may be meant by one that stands nowhere: written alike, the likest first. */
  meantBy(term: string): Map<string, number> {
    this.#byFirst ??= this.#grouped();
    const alike = new Map<string, number>();
    for (const other of this.#byFirst.get(term[0] ?? "") ?? []) {
      this.#letters -= other.length;
      if (this.#letters < 0) break;
      const value = likeness(term, other);
      if (value >= likenessFloor) alike.set(other, value * value);
    }
    return new Map([...alike].toSorted((x, y) => y[1] - x[1] || (x[0] < y[0] ? -1 : 1)).slice(0, 3));
  }

  #grouped(): Map<string, Set<string>> {
    const groups = new Map<string, Set<string>>();
    for (const { postings } of this.#indexes) {
      for (const term of postings.keys()) {
        if (!mayBeMisspelt(term)) continue;
        const first = term[0] ?? "";
        const group = groups.get(first);
        if (group === undefined) groups.set(first, new Set([term]));
        else group.add(term);
      }
    }
    return groups;
  }
}

/** Best first; equals in the order of the texts. */
const inOrder = (x: FoundPassage, y: FoundPassage): number =>
  y.score - x.score || x.index - y.index || x.start - y.start;

/** Puts a passage in its place among the best ones. */
function keep(best: FoundPassage[], found: FoundPassage, limit: number): void {
  const place = best.findLastIndex((other) => inOrder(other, found) < 0) + 1;
  if (place >= limit) return;
  best.splice(place, 0, found);
  if (best.length > limit) best.pop();
}

/** Finds the passages that hold the query's words, in whatever order and form. */
export function searchPassages(
  query: string,
  indexes: readonly PassageIndex[],
  limit: number,
): PassageSearch {
  const total = indexes.reduce((sum, index) => sum + index.passages.length, 0);
  const words = indexes.reduce(
    (sum, index) => sum + index.lengths.reduce((all, length) => all + length, 0),
    0,
  );
  const average = words / Math.max(total, 1) || 1;
  const having = (term: string): number =>
    indexes.reduce((sum, index) => sum + (index.holding.get(term) ?? 0), 0);

  const vocabulary = new Vocabulary(indexes);
  const weights = new Map<string, number>();
  const occurrences: Record<string, number> = {};
  const weigh = (term: string, weight: number): void => {
    weights.set(term, Math.max(weights.get(term) ?? 0, weight));
  };
  const asked = new Set<string>();
  for (const { word, terms } of wordsOf(query)) {
    for (const term of terms) {
      const found = having(term);
      const shown = word.toLowerCase();
      occurrences[shown] = Math.max(Object.hasOwn(occurrences, shown) ? (occurrences[shown] ?? 0) : 0, found);
      weigh(term, 1);
      if (asked.has(term)) continue;
      asked.add(term);
      for (const synonym of synonymsOf(term)) weigh(synonym, synonymWeight);
      if (found === 0) for (const [other, value] of vocabulary.meantBy(term)) weigh(other, value);
    }
  }

  const rarities = [...weights].map(([term, weight]) => ({
    term,
    rarity: idf(total, having(term)) * weight,
  }));
  const best: FoundPassage[] = [];
  for (const [number, index] of indexes.entries()) {
    const scores = new Map<number, number>();
    for (const { term, rarity } of rarities) {
      const list = index.postings.get(term);
      if (list === undefined) continue;
      for (let at = 0; at < list.length; at += 2) {
        const passage = list[at] ?? 0;
        const count = list[at + 1] ?? 0;
        const length = (index.lengths[passage] ?? 0) / average;
        const gain = (rarity * count * (k1 + 1)) / (count + k1 * (1 - b + b * length));
        scores.set(passage, (scores.get(passage) ?? 0) + gain);
      }
    }
    for (const [passage, score] of scores) {
      const where = index.passages[passage];
      if (where) keep(best, { ...where, index: number, score }, limit);
    }
  }
  return { found: best, occurrences, passages: total };
}
