/**
 * Porter's stemmer for English.
 * Source: M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980, with the two departures
 * its author made afterwards (`logi` → `log`, `bli` → `ble`).
 */

/** Whether a letter is a vowel after one that is one or not, or after none (null): a `y` is one after a consonant. */
const isVowel = (letter: string, before: boolean | null): boolean =>
  "aeiou".includes(letter) || (letter === "y" && before === false);

/** Whether the last letter is a vowel. */
function endsInVowel(word: string): boolean {
  let first = word.length - 1;
  // What a `y` is depends on the letters before it, as far as those are `y` too.
  while (first > 0 && word[first] === "y") first -= 1;
  let vowel: boolean | null = null;
  for (const letter of word.slice(Math.max(0, first))) vowel = isVowel(letter, vowel);
  return vowel ?? false;
}

/** The number of vowel-consonant sequences: Porter's m. */
function measure(stem: string): number {
  let count = 0;
  let before: boolean | null = null;
  for (const letter of stem) {
    const vowel = isVowel(letter, before);
    if (!vowel && before === true) count += 1;
    before = vowel;
  }
  return count;
}

function hasVowel(stem: string): boolean {
  let before: boolean | null = null;
  for (const letter of stem) if ((before = isVowel(letter, before))) return true;
  return false;
}

const endsDouble = (word: string): boolean => {
  const last = word.length - 1;
  return last > 0 && word[last] === word[last - 1] && !endsInVowel(word);
};

/** Consonant, vowel, consonant at the end, the last not w, x or y. */
const endsShort = (word: string): boolean =>
  word.length > 2 &&
  !endsInVowel(word) &&
  endsInVowel(word.slice(0, -1)) &&
  !endsInVowel(word.slice(0, -2)) &&
  !/[wxy]$/.test(word);

type Rule = readonly [suffix: string, replacement: string];

const step2: readonly Rule[] = [
  ["ational", "ate"],
  ["tional", "tion"],
  ["enci", "ence"],
  ["anci", "ance"],
  ["izer", "ize"],
  ["bli", "ble"],
  ["alli", "al"],
  ["entli", "ent"],
  ["eli", "e"],
  ["ousli", "ous"],
  ["ization", "ize"],
  ["ation", "ate"],
  ["ator", "ate"],
  ["alism", "al"],
  ["iveness", "ive"],
  ["fulness", "ful"],
  ["ousness", "ous"],
  ["aliti", "al"],
  ["iviti", "ive"],
  ["biliti", "ble"],
  ["logi", "log"],
];

const step3: readonly Rule[] = [
  ["icate", "ic"],
  ["ative", ""],
  ["alize", "al"],
  ["iciti", "ic"],
  ["ical", "ic"],
  ["ful", ""],
  ["ness", ""],
];

const step4 = [
  "ement",
  "ance",
  "ence",
  "able",
  "ible",
  "ment",
  "ant",
  "ent",
  "ism",
  "ate",
  "iti",
  "ous",
  "ive",
  "ize",
  "ion",
  "al",
  "er",
  "ic",
  "ou",
];

/** Replaces the first suffix that fits, if what is left is long enough. */
function replace(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, -suffix.length);
    return measure(stem) > 0 ? stem + replacement : word;
  }
  return word;
}

function withoutPlural(word: string): string {
  if (word.endsWith("sses") || word.endsWith("ies")) return word.slice(0, -2);
  if (word.endsWith("s") && !word.endsWith("ss")) return word.slice(0, -1);
  return word;
}

function withoutTense(word: string): string {
  if (word.endsWith("eed")) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const suffix = word.endsWith("ed") ? "ed" : word.endsWith("ing") ? "ing" : "";
  const stem = word.slice(0, word.length - suffix.length);
  if (suffix === "" || !hasVowel(stem)) return word;
  if (/(at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsDouble(stem) && !/[lsz]$/.test(stem)) return stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

function withoutSuffix(word: string): string {
  const suffix = step4.find((one) => word.endsWith(one));
  if (suffix === undefined) return word;
  const stem = word.slice(0, -suffix.length);
  if (suffix === "ion" && !/[st]$/.test(stem)) return word;
  return measure(stem) > 1 ? stem : word;
}

function withoutFinalE(word: string): string {
  if (!word.endsWith("e")) return word;
  const stem = word.slice(0, -1);
  const size = measure(stem);
  return size > 1 || (size === 1 && !endsShort(stem)) ? stem : word;
}

/** The stem of a lower-case English word of the letters a to z; shorter words than three letters are their own. */
export function porterStem(word: string): string {
  if (word.length < 3) return word;
  let stem = withoutTense(withoutPlural(word));
  if (stem.endsWith("y") && hasVowel(stem.slice(0, -1))) stem = `${stem.slice(0, -1)}i`;
  stem = withoutSuffix(replace(replace(stem, step2), step3));
  stem = withoutFinalE(stem);
  return measure(stem) > 1 && endsDouble(stem) && stem.endsWith("l") ? stem.slice(0, -1) : stem;
}
