/** How much two answers have in common, by their words. */

/** Characters that are compared; answers that differ only after them pass for the same. */
const comparedLength = 50_000;

const wordsOf = (text: string): string[] =>
  text
    .slice(0, comparedLength)
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

function countsOf(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/**
 * From 0 (no word in common) to 1 (the same words, as often): the coefficient of Sørensen and Dice over words, each as
 * often as it stands there. Two texts without words are the same.
 */
export function similarityOf(one: string, other: string): number {
  const ones = wordsOf(one);
  const others = wordsOf(other);
  if (ones.length + others.length === 0) return 1;
  const counts = countsOf(others);
  let shared = 0;
  for (const word of ones) {
    const left = counts.get(word) ?? 0;
    if (left === 0) continue;
    counts.set(word, left - 1);
    shared += 1;
  }
  return (2 * shared) / (ones.length + others.length);
}

/** Whether two answers say the same: spaces aside, to the letter. */
export const isSame = (one: string, other: string): boolean =>
  one.trim().replaceAll(/\s+/g, " ") === other.trim().replaceAll(/\s+/g, " ");
