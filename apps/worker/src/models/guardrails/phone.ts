/** Telephone numbers: international ones, and the national forms that are recognised by how they are written. */
import { digit, insideWord, kindAt, opening, word } from "./characters.ts";
import { isInternational, isNorthAmerican } from "./phone-plans.ts";
import { before, type Recogniser, type Verdict, wait } from "./recogniser.ts";

/** Digits, and what stands between them: spaces, brackets, dashes (also typographic ones), points, slashes. */
const ofFigure = /[\d .()/\u00a0\u202f\u2010\u2011\u2013-]/;
const separators = /[^\d+]/g;

/** Fifteen digits in small groups; more is no number of E.164. */
const longest = 40;

/** Words for telephones anywhere close before a number, or words for calling right before it. */
const cue =
  /(?:(?:\b(?:tel(?:ephone|efon|éfono)?|phone|mobile|cell(?:phone)?|fax|whatsapp|hotline|telefon(?:nummer)?|handy(?:nummer)?|mobil|rufnummer|tél(?:éphone)?|móvil|cellulare)\b|☎|📞)[^\n\d]{0,20}|\b(?:call|dial|text|ring|reach|appelez|anrufen|llam[ae])(?: (?:me|us|him|her|them))?(?: back)?(?: (?:at|on|under|le|al))?:? (?:the [a-z]{1,12} )?)$/iu;

/** What else is numbered that way. */
const countercue =
  /\b(?:orders?|invoice|ref(?:erence)?|no|nr|num|parts?|sku|ids?|ticket|article|item|isbn|issn|ean|upc|account|acct|konto|serial|case|batch|lot|version|v|build|release|order number|tracking|parcel|bestell\w*|rechnung\w*|artikel\w*|patent)\b[^\n\d]{0,12}$/i;

export const phone: Recogniser = {
  class: "phone",
  begins: digit | opening,
  at(text, start, final): Verdict {
    if (!mayStart(text, start)) return null;
    const head = /^(?:\d|\+\(?\d|\(\+?\d|[+(]{1,2}$)/.exec(text.slice(start, start + 3))?.[0];
    if (head === undefined) return null;
    if (!/\d$/.test(head)) return final ? null : wait;
    let end = start + 1;
    while (end - start < longest && ofFigure.test(text[end] ?? "") && !threeSeparators(text, end)) end += 1;
    if (end === text.length && !final) return wait;
    const extent = text.slice(start, end);
    const context = before(text, start);
    for (const length of ends(extent)) {
      const stop = start + length;
      if (!endsAt(text, stop)) continue;
      if (isPhone(extent.slice(0, length), extent.slice(length), context)) return { start, end: stop };
    }
    return null;
  },
};

function mayStart(text: string, start: number): boolean {
  if (start === 0) return true;
  const previous = text[start - 1] ?? "";
  if (/[#_$€£¥~^%@+)]/.test(previous)) return false;
  if ((kindAt(text, start - 1) & word) !== 0) return !insideWord(text, start);
  // Behind a joint it would be the rest of something longer, unless a word stands there: `tel:`, `fax/`.
  return !(/[-.,:/(]/.test(previous) && (kindAt(text, start - 2) & digit) !== 0);
}

const isSeparator = (character: string | undefined): boolean => /^[^\d+]$/.test(character ?? "");

/** Two may follow each other, as in `(030) 1`; three end the number. */
const threeSeparators = (text: string, at: number): boolean =>
  isSeparator(text[at]) && isSeparator(text[at - 1]) && isSeparator(text[at - 2]);

/** Lengths at which the number could end, from the longest: behind its last digit, and before any space. */
function ends(extent: string): number[] {
  const all: number[] = [];
  for (let at = extent.length; at > 0; at -= 1) {
    if (!/\d/.test(extent[at - 1] ?? "")) continue;
    const next = extent[at];
    if (all.length === 0 || next === " " || next === "\u00a0") all.push(at);
  }
  return all;
}

/** Nothing goes on there: no word, and no further digits. */
function endsAt(text: string, at: number): boolean {
  const kind = kindAt(text, at);
  if ((kind & digit) !== 0 || /[_%€$£]/.test(text[at] ?? "")) return false;
  return (kind & word) === 0 || /x/i.test(text[at] ?? "");
}

/** `rest` is what follows of the figure, where the number ends before it. */
function isPhone(written: string, rest: string, context: string): boolean {
  const digits = written.replace(separators, "");
  if (digits.startsWith("+")) return balanced(written) && isInternational(digits.slice(1));
  if (digits.length < 7 || digits.length > 15 || !balanced(written)) return false;
  const called = cue.test(context);
  if (!called && countercue.test(context)) return false;
  // Digits beside it behind a space belong to it, unless another sign joins its groups.
  const spaced = /[ \u00a0]/.test(written);
  if (/^[ \u00a0]\d/.test(rest) && (!called || spaced)) return false;
  if (/\d[ \u00a0]$/.test(context) && spaced && !written.startsWith("(")) return false;
  if (/^00 ?[1-9]/.test(written)) return (called || /\D/.test(written)) && isInternational(digits.slice(2));
  if (looksNational(written, digits)) return true;
  return called && !countercue.test(context.slice(-14)) && looksDialled(written, digits);
}

const balanced = (written: string): boolean =>
  /^[^()]*(?:\([^()]*\)[^()]*)?$/.test(written) && !/^\([^)]*$/.test(written);

/** Forms that hardly anything else is written in. */
const forms: readonly RegExp[] = [
  // France: five pairs.
  /^0[1-9]([ .-])\d\d\1\d\d\1\d\d\1\d\d$/,
  // United Kingdom: mobiles, and areas of each length.
  /^\(?07\d{3}\)?[ -]\d{3}[ -]?\d{3}$/,
  /^\(?02\d\)?[ -]\d{4}[ -]\d{4}$/,
  /^\(?01\d{3}\)?[ -]\d{5,6}$/,
  /^\(?0(?:1\d1|11\d|3\d\d|8\d\d)\)?[ -]\d{3}[ -]\d{4}$/,
  // Germany, Austria, Switzerland: an area of two to five digits, then a bracket, a slash, or groups.
  /^\(0[1-9]\d{1,4}\)[ /-]?\d{3,8}(?:[ -]\d{1,5})*$/,
  /^0[1-9]\d{1,4} ?[/\u2013] ?\d{3,8}(?:[ -]\d{1,5})*$/,
  /^0[1-9]\d{1,3} \d{3,8}(?:[ -]\d{1,5})*$/,
  // Australia and others: an area in brackets, or a mobile in four, three and three.
  /^\(0\d\)[ ]?\d{4}[ -]\d{4}$/,
  /^04\d\d[ -]\d{3}[ -]\d{3}$/,
];

function looksNational(written: string, digits: string): boolean {
  const american = /^(?:1[-. ])?(?:\((\d{3})\)[ .-]?|(\d{3})([.-]))\d{3}[-. ]\d{4}$/;
  if (american.test(written)) {
    const [a, b] = written.replace(/^1[-. ]/, "").match(/[-.]/g) ?? [];
    return (a === undefined || b === undefined || a === b) && isNorthAmerican(digits.replace(/^1/, ""));
  }
  return digits.length >= 9 && digits.length <= 12 && forms.some((form) => form.test(written));
}

/** What a word before it calls a telephone number, if it is not plainly a date or an address. */
function looksDialled(written: string, digits: string): boolean {
  if (/^(?:19|20)\d\d([-./]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])/.test(written)) return false;
  if (/^\d{1,2}([./-])\d{1,2}\1(?:19|20)\d\d/.test(written)) return false;
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(written) || /^97[89][ -]?\d/.test(written)) return false;
  if (/^(\d)\1+$/.test(digits) || "01234567890".includes(digits)) return false;
  return (
    /^\(?\d{1,5}\)?(?:[ ./\u00a0\u2010\u2011\u2013-]{1,2}\d{2,5})*$/.test(written) ||
    /^\d{8,12}$/.test(written)
  );
}
