/** Social security numbers of the United States, by the rules of the Social Security Administration. */
import { digit, kindAt, word } from "./characters.ts";
import { before, type Recogniser, type Verdict, wait } from "./recogniser.ts";

const forms = /^(\d{3})([- ]?)(\d{2})\2(\d{4})(?!\d)/;

/** A number without dashes is one only where a word says so. */
const cue = /\b(?:ssns?|social[- ]security|soc\.? sec)\b[^\n\d]{0,40}$/i;

/** Printed in advertisements once and used by thousands since: nobody's. */
const advertised = new Set(["078051120", "219099999"]);

/** The number, and two characters that show that it ends. */
const longest = 13;

export const ssn: Recogniser = {
  class: "ssn",
  begins: digit,
  at(text, start, final): Verdict {
    if (start > 0 && /[-._/#+]/.test(text[start - 1] ?? "")) return null;
    let end = start;
    while (end - start < longest && /[\d .-]/.test(text[end] ?? "")) end += 1;
    if (end === text.length && end - start < longest && !final) return wait;
    const match = forms.exec(text.slice(start, end));
    if (match === null) return null;
    const [whole, area = "", separator, group = "", serial = ""] = match;
    const stop = start + whole.length;
    if ((kindAt(text, stop) & word) !== 0 || /^(?:_|[-.]\d)/.test(text.slice(stop, stop + 2))) return null;
    if (!isAssignable(area, group, serial)) return null;
    return separator === "-" || cue.test(before(text, start)) ? { start, end: stop } : null;
  },
};

const isAssignable = (area: string, group: string, serial: string): boolean =>
  area !== "000" &&
  area !== "666" &&
  !area.startsWith("9") &&
  group !== "00" &&
  serial !== "0000" &&
  !advertised.has(area + group + serial);
