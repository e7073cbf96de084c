import { hashOf, termsOf } from "./words.ts";

/** How much a feature says: a word, a pair of neighbours, and pieces of words that spellings have in common. */
const weights = { word: 1, pair: 0.5, piece: 0.3 };

/**
 * An embedding by feature hashing with signs: texts with words in common are near each other, and nothing more is
 * meant. The same text gives the same vector everywhere. Of length 1, even for a text without words.
 * Source: Weinberger et al., Feature Hashing for Large Scale Multitask Learning, ICML 2009.
 */
export function embed(text: string, dimensions: number): number[] {
  const vector = new Float64Array(dimensions);
  const counts = new Map<string, number>();
  const add = (feature: string, weight: number): void => {
    counts.set(feature, (counts.get(feature) ?? 0) + weight);
  };
  const terms = termsOf(text);
  for (const [at, term] of terms.entries()) {
    add(`w:${term}`, weights.word);
    const next = terms[at + 1];
    if (next !== undefined) add(`p:${term} ${next}`, weights.pair);
    const padded = `<${term}>`;
    for (let from = 0; from + 3 <= padded.length; from += 1) {
      add(`c:${padded.slice(from, from + 3)}`, weights.piece / Math.sqrt(padded.length - 2));
    }
  }
  for (const [feature, weight] of counts) {
    const index = hashOf(feature) % dimensions;
    const sign = hashOf(feature, 0x9e3779b9) & 1 ? 1 : -1;
    // The tenth time a word stands there says less than the first.
    vector[index] = (vector[index] ?? 0) + sign * Math.sqrt(weight);
  }
  const length = Math.hypot(...vector);
  if (length === 0) {
    vector[hashOf(text) % dimensions] = 1;
    return [...vector];
  }
  return Array.from(vector, (value) => value / length);
}

/** Of two vectors of length 1. */
export const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
