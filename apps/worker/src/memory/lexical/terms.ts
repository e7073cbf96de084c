/** Text to the terms by which it is found. */
import { porterStem } from "./porter-stem.ts";
import { stopWords } from "./stop-words.ts";

/**
 * Runs of letters, or of digits with the points and commas inside a number; `E23` is one word. `10mg` and
 * `read_document` are two. The pattern is Unicode's rather than a word
 * segmenter's, so that every engine and every version of its dictionaries gives the same terms.
 */
const wordPattern = /[\p{L}\p{M}]+(?:\p{N}[\p{L}\p{N}]*|(?:['’]\p{L}+)*)|\p{N}+(?:[.,]\p{N}+)*/gu;

/** Scripts written without spaces between words (and Korean, whose particles cling to them). */
const unspaced =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

const asciiOnly = /^[\u0000-\u007f]*$/;

const stemOf = (word: string): string => (/^[a-z]+$/.test(word) ? porterStem(word) : word);

function normalise(word: string): string {
  const lower = word.toLowerCase();
  return asciiOnly.test(lower) ? lower : lower.normalize("NFKD").replace(/\p{M}/gu, "");
}

/** Pairs of neighbouring characters: for unspaced scripts the usual stand-in for words. */
function pairs(word: string): string[] {
  const letters = Array.from(word);
  if (letters.length < 2) return letters;
  return letters.slice(1).map((letter, at) => (letters[at] ?? "") + letter);
}

/** Characters of one word that are looked at: longer ones are no words but data. */
const longestWord = 256;

/** Words met before with their terms: in a long text nearly all. Bounded, since words come from outside. */
const known = new Map<string, readonly string[]>();
const knownLimit = 50_000;

function termsOfWord(word: string): readonly string[] {
  const before = known.get(word);
  if (before !== undefined) return before;
  const own = detached(word.slice(0, longestWord));
  const terms = analyse(own);
  if (known.size >= knownLimit) known.clear();
  // Very long words do not come again.
  if (word.length <= 40) known.set(own, terms);
  return terms;
}

/** The same characters, apart from the text they were cut from, which V8 would keep in memory along with them. */
const detached = (word: string): string => Array.from(word).join("");

/** One word to its terms, stop words to none. A code such as `IL6` is also its parts, as in `IL-6`. */
function analyse(word: string): readonly string[] {
  const code = /^[\p{L}\p{M}]+(?=\p{N})/u.exec(word)?.[0];
  if (code !== undefined) {
    const parts = word.match(/[\p{L}\p{M}]+|\p{N}+/gu) ?? [];
    return [normalise(word), ...parts.flatMap(analyse)];
  }
  if (/^\p{N}/u.test(word)) {
    return [/^\d{1,3}(,\d{3})+(\.|$)/.test(word) ? word.replaceAll(",", "") : word.replace(",", ".")];
  }
  if (!asciiOnly.test(word) && unspaced.test(word)) return pairs(normalise(word));
  const plain = normalise(word)
    .replace(/['’]s$/, "")
    .replace(/['’]/g, "");
  if (stopWords.has(plain)) return [];
  const humps = /[a-z][A-Z]/.test(word) ? word.split(/(?<=[a-z])(?=[A-Z])/) : [];
  return [stemOf(plain), ...humps.map((hump) => stemOf(hump.toLowerCase()))];
}

/** Words that a line break cut in two are one again; the length may change, positions are not kept. */
const unbroken = (text: string): string =>
  text.includes("\n") ? text.replace(/(\p{L})[-\u00ad]\n\s*(?=\p{Ll})/gu, "$1") : text;

/** The terms of a text in order: lower-case, without accents, stemmed where English, without stop words. */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  for (const word of unbroken(text).match(wordPattern) ?? []) {
    for (const term of termsOfWord(word)) terms.push(term);
  }
  return terms;
}

/** The words of a text that have terms, each with them: for showing a term as it was written. */
export function wordsOf(text: string): { word: string; terms: readonly string[] }[] {
  return (unbroken(text).match(wordPattern) ?? [])
    .map((word) => ({ word, terms: termsOfWord(word) }))
    .filter(({ terms }) => terms.length > 0);
}

const trigramsOf = (term: string): Set<string> => {
  const padded = `^${term}$`;
  const grams = new Set<string>();
  for (let at = 0; at + 3 <= padded.length; at += 1) grams.add(padded.slice(at, at + 3));
  return grams;
};

/** Whether one letter was changed, left out, put in, or swapped with its neighbour. */
function oneSlip(a: string, b: string): boolean {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  const [restOfA, restOfB] = [a.slice(same), b.slice(same)];
  const swapped = (restOfA[1] ?? "") + (restOfA[0] ?? "") + restOfA.slice(2);
  return (
    restOfA.slice(1) === restOfB.slice(1) ||
    restOfA.slice(1) === restOfB ||
    restOfA === restOfB.slice(1) ||
    swapped === restOfB
  );
}

/** Whether other terms may be alike: long enough, and no number, which is another one where a digit differs. */
export const mayBeMisspelt = (term: string): boolean => term.length >= 5 && !/\p{N}/u.test(term);

/**
 * How alike two terms are written, 0 to 1 (Dice's coefficient over character trigrams; 0.7 at least for one
 * slip of the pen): finds misspellings and derivations that the stemmer leaves apart.
 * Numbers are alike only when equal.
 */
export function likeness(a: string, b: string): number {
  if (a === b) return 1;
  if (a[0] !== b[0] || Math.abs(a.length - b.length) > 4) return 0;
  if (!mayBeMisspelt(a) || !mayBeMisspelt(b)) return 0;
  const [first, second] = [trigramsOf(a), trigramsOf(b)];
  let common = 0;
  for (const gram of first) if (second.has(gram)) common += 1;
  const dice = (2 * common) / (first.size + second.size);
  // Five letters with one of them changed are too often another word: house, horse.
  const long = Math.min(a.length, b.length) >= 6 || a.length !== b.length;
  return long && dice < 0.7 && oneSlip(a, b) ? 0.7 : dice;
}
