/** Questions that a tool answers by itself: arithmetic and the time. */
import { termsOf } from "../../../memory/index.ts";

const expressionPattern =
  /(?:[a-z]{2,9}\d{0,2}\s*\(|[\d(.√-])(?:[\d\s.,+\-*/×÷·−^%()!]|\b(?:of|sqrt|cbrt|abs|floor|ceil|round|exp|ln|log10|log2|log|sin|cos|tan|min|max|avg|sum|pi|e)\b)*[\d)!%]/gi;

const wording: readonly [pattern: RegExp, replacement: string][] = [
  [/\bdivided by\b/gi, "/"],
  [/\b(?:times|multiplied by)\b/gi, "*"],
  [/(?<=\d)\s*[x×]\s*(?=\d)/gi, " * "],
  [/\bplus\b/gi, "+"],
  [/\bminus\b/gi, "-"],
  [/\bto the power of\b/gi, "^"],
  [/\b(?:the )?square root of\s+(\d[\d.,]*)/gi, "sqrt($1)"],
  [/\bsquared\b/gi, "^2"],
  [/\bcubed\b/gi, "^3"],
  [/(?<=\d)\s*(?:percent|per cent)\b/gi, "%"],
  [/[$€£](?=\d)/g, ""],
  [/(?<=[\d\s*/+^-])π|\bpi\b/g, "pi"],
];

const operator =
  /[\d)%!\s][+*/×÷·−^]\s*[\d(a-z-]|[\d)]\s+-\s+[\d(]|\d-\d|%\s*of\b|\b(?:sqrt|cbrt|abs|floor|ceil|round|exp|ln|log10|log2|log|sin|cos|tan|min|max|avg|sum)\s*\(|\d!/i;

/** A date, a phone number or a range is no subtraction. */
const notArithmetic = /^\d{4}-\d{1,2}(?:-\d{1,2})?$|^\d{1,2}\/\d{1,2}\/\d{2,4}$|^\+?\d{2,4}(?:[- ]\d{2,})+$/;

const cue =
  /\b(?:calculate|compute|evaluate|work out|how much is|what(?:'s|’s| is| are)?|solve|sum of|result of)\b|=/i;

const filler = new Set(
  termsOf("calculate compute evaluate work result solve much answer value equal sum total"),
);

/** The expression that a question is about, or null when it asks for more than arithmetic. */
export function arithmeticIn(question: string): string | null {
  let text = question;
  for (const [pattern, replacement] of wording) text = text.replace(pattern, replacement);
  const found = [...text.matchAll(expressionPattern)]
    .map(([expression]) => expression.trim())
    .filter((expression) => operator.test(expression) && !notArithmetic.test(expression))
    .toSorted((x, y) => y.length - x.length)[0];
  if (found === undefined) return null;
  const others = termsOf(text.replace(found, " ")).filter((term) => !filler.has(term));
  const bare = text.replace(found, "").replace(/[\s?=.!]/g, "") === "";
  return bare || (cue.test(text) && others.length <= 1) ? found : null;
}

const timeQuestion =
  /\b(?:what(?:'s|’s| is)? (?:the |today(?:'s|’s) )?(?:current |present |local |exact )?(?:time|date|day|weekday)(?: and (?:time|date))?|what (?:time|day|date) is it|what day is today|which day is (?:it|today)|what is today|today(?:'s|’s) date|(?:tell me|give me) the (?:current )?(?:time|date)|current (?:time|date))\b(?! of\b)/i;

/** The time zone whose city a question names, such as `Asia/Tokyo` for "in Tokyo". */
function zoneIn(question: string): string | undefined {
  const written = /\b([A-Z][A-Za-z]+\/[A-Z][A-Za-z_/-]+)\b/.exec(question)?.[1];
  if (written !== undefined) return written;
  const place = /\b(?:in|at|for)\s+(\p{Lu}[\p{L}]+(?:\s\p{Lu}[\p{L}]+)?)/u.exec(question)?.[1];
  if (place === undefined) return undefined;
  const city = place.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll(" ", "_").toLowerCase();
  return Intl.supportedValuesOf("timeZone").find((zone) => zone.toLowerCase().endsWith(`/${city}`));
}

/** The input for `current_time`, or null when the question is about something else. */
export function timeAsked(question: string): { timeZone?: string } | null {
  if (!timeQuestion.test(question)) return null;
  const rest = termsOf(question.replace(timeQuestion, " ")).filter(
    (term) => !["now", "right", "moment", "current", "tell", "utc", "gmt"].includes(term),
  );
  const zone = zoneIn(question);
  if (rest.length > (zone === undefined ? 0 : 3)) return null;
  return zone === undefined ? {} : { timeZone: zone };
}
