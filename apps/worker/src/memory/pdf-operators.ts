/** What PDF.js has to do for a page, by the operators of its content (ISO 32000-1, 7.8.2 and annex A). */

/** Operators of one stream that show text, set its font, or draw something else: up to some 20 microseconds each. */
const mostOperators = 100_000;

/** Saved states within each other. PDF.js takes longer for every operator, the more there are. */
const deepestStates = 256;

const codesOf = (signs: string): number[] => Array.from(signs, (sign) => sign.charCodeAt(0));

/** For each byte, whether a name or a number ends before it. */
const ends = new Uint8Array(256);
for (const code of codesOf("\0\t\n\f\r ()<>[]{}/%")) ends[code] = 1;

const pair = (first: number, second: number): number => first * 256 + second;

const costly = new Set([
  ...codesOf("'\""),
  ...["Tj", "TJ", "Tf", "Do", "gs"].map((name) => pair(name.charCodeAt(0), name.charCodeAt(1))),
]);
const [save, restore] = [0x71, 0x51];

/**
 * Whether a stream has more operators than a page that is made to be read. Any stream is looked at as if it were
 * operators: which ones are shows only when the file is read.
 */
export function isEndless(content: Uint8Array): boolean {
  let operators = 0;
  let states = 0;
  let begin = 0;
  for (let at = 0; at <= content.length; at += 1) {
    if (at < content.length && ends[content[at] ?? 0] === 0) continue;
    const length = at - begin;
    const first = content[begin] ?? 0;
    const name = length === 1 ? first : length === 2 ? pair(first, content[begin + 1] ?? 0) : 0;
    begin = at + 1;
    if (name === save) states += 1;
    else if (name === restore && states > 0) states -= 1;
    else if (costly.has(name)) operators += 1;
    if (operators > mostOperators || states > deepestStates) return true;
  }
  return false;
}
