/** What each character can be part of, as bits: the recognisers look at every character, so it must be cheap. */

export const letter = 1;
export const digit = 2;
/** `+` and `(`, with which telephone numbers begin. */
export const opening = 4;
export const dash = 8;
export const atSign = 16;
/** Ends a run: white space, quotes, brackets and the like, and scripts in which no finding is written. */
export const breaking = 32;
/** Of the part of an address before its `@`. */
export const local = 64;
/** Of a host's name. */
export const host = 128;
/** Of keys and tokens: base64 in both alphabets, and what joins their parts. */
export const token = 256;

export const word = letter | digit;

/** Latin, Greek, Cyrillic and Armenian end here; what is beyond breaks runs. */
const known = 0x590;

const kinds = new Uint16Array(known);
for (let code = 0; code < known; code += 1) kinds[code] = classify(String.fromCharCode(code));

function classify(character: string): number {
  let kind = 0;
  if (/\p{L}/u.test(character)) kind |= letter | local | host;
  if (/[A-Za-z]/.test(character)) kind |= token;
  if (/[0-9]/.test(character)) kind |= digit | local | host | token;
  if (/[+(]/.test(character)) kind |= opening;
  if (character === "-") kind |= dash;
  if (character === "@") kind |= atSign;
  if (/[\s\p{Cc}"`,;<>{}[\]|\\]/u.test(character)) kind |= breaking;
  if (/[._%+'-]/.test(character)) kind |= local;
  if (/[.-]/.test(character)) kind |= host;
  if (/[_.~+/-]/.test(character)) kind |= token;
  return kind;
}

/** The bits of a UTF-16 unit; `breaking` for NaN, which stands for the end of the text. */
export const kindOf = (code: number): number => (code < known ? (kinds[code] ?? breaking) : breaking);

export const kindAt = (text: string, at: number): number => kindOf(text.charCodeAt(at));

const escapes = "nrtbf";

/** Whether a backslash at `at` and the letter after it stand for one control character, as in JSON. */
export const isEscape = (text: string, at: number): boolean =>
  text[at] === "\\" && escapes.includes(text[at + 1] ?? " ");

/** Whether a word goes on at `at`, so that nothing can begin there. The `n` of a written `\n` is no word. */
export const insideWord = (text: string, at: number): boolean =>
  at > 0 && (kindAt(text, at - 1) & word) !== 0 && !(at > 1 && isEscape(text, at - 2));

/** The end of the characters from `from` on that have one of the bits of `mask`, at most `limit`. */
export function endOfRun(text: string, from: number, mask: number, limit: number): number {
  const last = Math.min(limit, text.length);
  let at = from;
  while (at < last && (kindAt(text, at) & mask) !== 0) at += 1;
  return at;
}
