/** Numbers of payment cards: an issuer's range (ISO/IEC 7812), its lengths, and the check digit of Luhn. */
import { digit, kindAt, word } from "./characters.ts";
import { before, type Recogniser, type Verdict, wait } from "./recogniser.ts";

/** First digits of an issuer, from and to, with the lengths that it has given out. */
interface Range {
  from: number;
  to: number;
  lengths: readonly number[];
}

const range = (from: number, to: number, ...lengths: number[]): Range => ({ from, to, lengths });

const sixteenToNineteen = [16, 17, 18, 19] as const;

/** Of the networks' public tables. */
const ranges: readonly Range[] = [
  range(4, 4, 13, 16, 19), // Visa
  range(51, 55, 16), // Mastercard
  range(2221, 2720, 16),
  range(34, 34, 15), // American Express
  range(37, 37, 15),
  range(300, 305, 14, 16), // Diners Club
  range(3095, 3095, 14, 16),
  range(36, 36, 14, 16),
  range(38, 39, 14, 16),
  range(6011, 6011, ...sixteenToNineteen), // Discover
  range(644, 649, ...sixteenToNineteen),
  range(65, 65, ...sixteenToNineteen),
  range(3528, 3589, ...sixteenToNineteen), // JCB
  range(62, 62, ...sixteenToNineteen), // UnionPay
  range(81, 82, ...sixteenToNineteen), // UnionPay, RuPay
  range(508, 508, 16), // RuPay
  range(60, 60, 16),
  range(2200, 2204, ...sixteenToNineteen), // Mir
  range(9792, 9792, 16), // Troy
  range(5018, 5018, 13, 14, 15, ...sixteenToNineteen), // Maestro
  range(5020, 5020, 13, 14, 15, ...sixteenToNineteen),
  range(5038, 5038, 13, 14, 15, ...sixteenToNineteen),
  range(5893, 5893, 13, 14, 15, ...sixteenToNineteen),
  range(6304, 6304, 13, 14, 15, ...sixteenToNineteen),
  range(6759, 6763, 13, 14, 15, ...sixteenToNineteen),
];

/** How cards print their number, from the longest. */
const groupings = [
  /^\d{4}([ .-])\d{4}\1\d{4}\1\d{4}\1\d{1,3}(?!\d)/,
  /^\d{4}([ .-])\d{4}\1\d{4}\1\d{4}(?!\d)/,
  /^\d{4}([ .-])\d{6}\1\d{4,5}(?!\d)/,
  /^\d{4}([ .-])\d{3}\1\d{3}\1\d{3}(?!\d)/,
  /^\d{13,19}(?!\d)/,
];

/** 19 digits in five groups, and two characters that show where they end. */
const longest = 25;

/** Lengths that articles, accounts and ids have more often: they need a word that says what it is. */
const rareLengths = new Set([13, 17, 18, 19]);
const cue =
  /\b(?:card|cards|cc|pan|visa|mastercard|maestro|unionpay|discover|karte|carte|tarjeta)\b[^\n]{0,32}$/i;

export const card: Recogniser = {
  class: "card",
  begins: digit,
  at(text, start, final): Verdict {
    if (start > 0 && /[-._/#]/.test(text[start - 1] ?? "")) return null;
    let end = start;
    while (end - start < longest && isOfCard(text, end)) end += 1;
    if (end - start < 13 && (end < text.length || final)) return null;
    if (end === text.length && end - start < longest && !final) return wait;
    const extent = text.slice(start, end).replaceAll("\u00a0", " ");
    for (const grouping of groupings) {
      const number = grouping.exec(extent)?.[0];
      if (number === undefined || !endsAt(text, start + number.length)) continue;
      const digits = number.replace(/\D/g, "");
      if (!isIssued(digits) || !luhn(digits)) continue;
      if (number.length === digits.length && rareLengths.has(digits.length)) {
        if (!cue.test(before(text, start))) continue;
      }
      return { start, end: start + number.length };
    }
    return null;
  },
};

const isOfCard = (text: string, at: number): boolean =>
  (kindAt(text, at) & digit) !== 0 || (at < text.length && " -.\u00a0".includes(text[at] ?? ""));

/** Nothing goes on there: no word, and no further group behind a dash or a point. */
function endsAt(text: string, at: number): boolean {
  if ((kindAt(text, at) & word) !== 0 || text[at] === "_") return false;
  return !(/[-.]/.test(text[at] ?? "") && (kindAt(text, at + 1) & digit) !== 0);
}

const isIssued = (digits: string): boolean =>
  ranges.some(({ from, to, lengths }) => {
    const head = Number(digits.slice(0, String(from).length));
    return head >= from && head <= to && lengths.includes(digits.length);
  });

/** ISO/IEC 7812-1, annex B. */
function luhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const value = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? value * 2 : value;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
