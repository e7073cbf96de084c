/** International bank account numbers (ISO 13616), whole or in groups of four. */
import { insideWord, kindAt, letter, word } from "./characters.ts";
import { type Recogniser, type Verdict, wait } from "./recogniser.ts";

/** Characters of each country's numbers, from the IBAN registry of SWIFT. */
const lengths: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AL: 28,
  AT: 20,
  AZ: 28,
  BA: 20,
  BE: 16,
  BG: 22,
  BH: 22,
  BI: 27,
  BR: 29,
  BY: 28,
  CH: 21,
  CR: 22,
  CY: 28,
  CZ: 24,
  DE: 22,
  DJ: 27,
  DK: 18,
  DO: 28,
  EE: 20,
  EG: 29,
  ES: 24,
  FI: 18,
  FK: 18,
  FO: 18,
  FR: 27,
  GB: 22,
  GE: 22,
  GI: 23,
  GL: 18,
  GR: 27,
  GT: 28,
  HN: 28,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IQ: 23,
  IS: 26,
  IT: 27,
  JO: 30,
  KW: 30,
  KZ: 20,
  LB: 28,
  LC: 32,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  LY: 25,
  MC: 27,
  MD: 24,
  ME: 22,
  MK: 19,
  MN: 20,
  MR: 27,
  MT: 31,
  MU: 30,
  NI: 28,
  NL: 18,
  NO: 15,
  OM: 23,
  PK: 24,
  PL: 28,
  PS: 29,
  PT: 25,
  QA: 29,
  RO: 24,
  RS: 22,
  RU: 33,
  SA: 24,
  SC: 31,
  SD: 18,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  SO: 23,
  ST: 25,
  SV: 28,
  TL: 23,
  TN: 24,
  TR: 26,
  UA: 29,
  VA: 22,
  VG: 24,
  XK: 20,
  YE: 30,
};

/** Countries with registered numbers, and the length of each. */
export const ibanLengths: ReadonlyMap<string, number> = new Map(Object.entries(lengths));

const separators = " -\u00a0\u202f";

export const iban: Recogniser = {
  class: "iban",
  begins: letter,
  at(text, start, final): Verdict {
    if (start > 0 && /[-_./#]/.test(text[start - 1] ?? "") && insideWord(text, start - 1)) return null;
    const head = text.slice(start, start + 4);
    if (!/^(?:[A-Z]{0,2}|[a-z]{0,2}|[A-Za-z]{2}\d{1,2})$/.test(head)) return null;
    if (head.length < 4) return final ? null : wait;
    const length = ibanLengths.get(head.slice(0, 2).toUpperCase());
    if (length === undefined || !/\d\d$/.test(head)) return null;
    return grouped(text, start, length, final);
  },
};

function grouped(text: string, start: number, length: number, final: boolean): Verdict {
  const compact = text.slice(start, start + length + 1);
  const gap = compact[4] ?? "";
  const separator = gap !== "" && separators.includes(gap) ? gap : "";
  let number = "";
  let at = start;
  while (number.length < length) {
    if (separator !== "" && number.length > 0 && number.length % 4 === 0) {
      if (at === text.length) return final ? null : wait;
      if (text[at] !== separator) return null;
      at += 1;
    }
    if (at === text.length) return final ? null : wait;
    if (!/[A-Za-z0-9]/.test(text[at] ?? "")) return null;
    number += text[at];
    at += 1;
  }
  if (at === text.length && !final) return wait;
  if ((kindAt(text, at) & word) !== 0 || text[at] === "_") return null;
  const sameCase = number === number.toUpperCase() || number === number.toLowerCase();
  return sameCase && checks(number.toUpperCase()) ? { start, end: at } : null;
}

/** ISO 7064, MOD 97-10: the first four characters go to the end, letters count from 10. */
function checks(number: string): boolean {
  let rest = 0;
  for (const character of number.slice(4) + number.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
