/**
 * `offline/hash-768`: embeddings without a model. Texts are near each other when they share words, pairs of
 * words or parts of words: it knows spelling, not meaning, so it finds "invoices" by "invoice" and not by "bill".
 *
 * Features of a text are its words, pairs of neighbouring words, and all runs of three to five characters
 * within a word with its edges marked (so that inflected and compound words share most of them). Each is
 * hashed to one of 768 places and to a sign; its count goes in sublinearly (1 + ln of it), weighted by its
 * kind. The sum is brought to length 1. Signs make what falls on the same place cancel out on average, so
 * that inner products are unbiased.
 *
 * Sources: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009 (signed
 * hashing); Bojanowski et al., "Enriching Word Vectors with Subword Information", TACL 2017 (runs of
 * characters, with edges); Manning et al., "Introduction to Information Retrieval", 2008, §6.4.1 (sublinear
 * counts). The hash is FNV-1a over UTF-16 units, finished as in MurmurHash3 because FNV mixes its high bits
 * poorly.
 */

export const hashDimensions = 768;

/** How much a feature of each kind counts: words carry most, their parts together about as much. */
const weights = { word: 1, pair: 0.6, part: 0.3 } as const;

const shortestPart = 3;
const longestPart = 5;
/** Characters of one word that are looked at: longer ones are no words but data. */
const longestWord = 64;

/** Numbers keep seven digits, so that an embedding is the same text wherever it is written down. */
const digits = 1e7;

/** One embedding: the same for the same text, of length 1 (to six digits). */
export function hashEmbedding(text: string): number[] {
  const counts = new Map<string, number>();
  const add = (feature: string): void => void counts.set(feature, (counts.get(feature) ?? 0) + 1);
  let before: string | undefined;
  for (const word of wordsOf(text)) {
    add(`w ${word}`);
    if (before !== undefined) add(`p ${before} ${word}`);
    before = word;
    const marked = `<${word}>`;
    for (let length = shortestPart; length <= longestPart; length += 1) {
      for (let at = 0; at + length <= marked.length; at += 1) add(`c ${marked.slice(at, at + length)}`);
    }
  }
  const sums = new Float64Array(hashDimensions);
  for (const [feature, count] of counts) {
    const hash = hashOf(feature);
    const weight = feature.startsWith("w")
      ? weights.word
      : feature.startsWith("p")
        ? weights.pair
        : weights.part;
    const place = (hash >>> 1) % hashDimensions;
    sums[place] = (sums[place] ?? 0) + (hash & 1 ? 1 : -1) * weight * (1 + Math.log(count));
  }
  const length = Math.sqrt(sums.reduce((sum, value) => sum + value * value, 0));
  // Without any feature, or where all cancel out, a text still needs a direction: it is the same for all such.
  if (length === 0) return Array.from(sums, (_, place) => (place === 0 ? 1 : 0));
  // Adding 0 makes 0 of -0, which JSON does not know.
  return Array.from(sums, (value) => Math.round((value / length) * digits) / digits + 0);
}

/** Words in one spelling: compatibility forms unified, lower case, marks on letters kept. */
function* wordsOf(text: string): Generator<string, void, undefined> {
  const plain = text.normalize("NFKC").toLowerCase();
  let found = false;
  for (const [word] of plain.matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    found = true;
    yield word.slice(0, longestWord);
  }
  // Signs and emoji alone are all there is to go by, then.
  if (!found) yield* plain.split(/\s+/).filter((piece) => piece !== "");
}

function hashOf(feature: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < feature.length; at += 1) {
    hash = Math.imul(hash ^ feature.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
