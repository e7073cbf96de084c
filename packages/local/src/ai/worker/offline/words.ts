/** Words of any language, by Unicode's classes: the same text gives the same words on every machine. */
const common = new Set(
  (
    "a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my of " +
    "on or our please should so some tell than that the their them then there these they this those to us was we were " +
    "what when where which who whom why will with would you your about give show say"
  ).split(" "),
);

/** All words, lower case. */
export const wordsOf = (text: string): string[] =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .match(/\p{L}[\p{L}\p{M}\p{N}'’]*|\p{N}+(?:[.,]\p{N}+)*/gu) ?? [];

/** The words that carry meaning, with English endings cut so that "orbits" finds "orbiting". */
export const termsOf = (text: string): string[] =>
  wordsOf(text)
    .filter((word) => !common.has(word))
    .map(stemOf);

/** In how many of some texts each term stands. */
export function countsOf(texts: readonly ReadonlySet<string>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const terms of texts) for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

function stemOf(word: string): string {
  const stem = word.replace(/['’]s?$/, "").replace(/(?:ies)$/, "y");
  if (stem.length > 5) return stem.replace(/(?:ing|ed|es|s)$/, "");
  return stem.length > 3 ? stem.replace(/s$/, "") : stem;
}

/** Sentences and lines, trimmed; marks of lists fall away. */
export const sentencesOf = (text: string): string[] =>
  text
    .split(/(?<=[.!?。！？])["'”’)]*\s+|(?<=[。！？])|\n+/u)
    .map((sentence) => sentence.replace(/^\s*(?:[-*•]\s+|\d+[.)]\s+|#{1,6}\s+)?/, "").trim())
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));

/** 32 bits. Source: FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
export function hashOf(text: string, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < text.length; at += 1) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  // FNV's low bits are weak for short texts; murmur3's finisher spreads them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}
