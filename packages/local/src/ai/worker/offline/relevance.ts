import { countsOf, termsOf } from "./words.ts";

/**
 * How well each text fits a query, 0 to 1: the share of the query's rare words that it holds.
 * The order is that of the texts.
 */
export function relevance(query: string, texts: readonly string[]): number[] {
  const asked = new Set(termsOf(query));
  const held = texts.map((text) => new Set(termsOf(text)));
  const counts = countsOf(held);
  const weightOf = (term: string): number => Math.log(1 + texts.length / (0.5 + (counts.get(term) ?? 0)));
  const all = [...asked].reduce((sum, term) => sum + weightOf(term), 0);
  return held.map((terms) => {
    const shared = [...terms.intersection(asked)].reduce((sum, term) => sum + weightOf(term), 0);
    // Of two texts that hold the same words, the shorter one is about them.
    return all === 0 ? 0 : (shared / all) * (0.9 + 0.1 / Math.sqrt(1 + terms.size));
  });
}
