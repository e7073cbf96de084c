/** Keys without a form of their own, and passwords: known by what the text beside them says. */
import { digit, insideWord, kindAt, breaking, letter } from "../characters.ts";
import { before, type Recogniser, type Verdict, wait } from "../recogniser.ts";
import { isPlaceholder } from "./placeholder.ts";
import { isHarmless, isHexadecimal, isKeyLike, isRandom } from "./randomness.ts";

/** Longer ones are files and pictures in base64, not keys. */
const longest = 256;

const keyNames =
  "(?:api|access|secret|private|auth|account|signing|encryption|master|service|client|webhook|bearer|session|refresh|bot|deploy|storage|shared|license)?[ _.-]?" +
  "(?:key|token|secret|credentials?|apikey|api_?secret|bearer|basic|sas|schlüssel|jeton|clave)";
const passwordNames =
  "(?:password|passwd|passwort|kennwort|passphrase|passcode|pwd|pass|mot de passe|contraseña)";
/** Between a name and its value: `: `, ` = "`, ` is `, `": "`. */
const assigned = String.raw`(?:["'\x60)\]]{0,3}\s{0,2}(?::=|=>|->|[:=])\s{0,2}["'\x60(*]{0,3}|\s(?:is|was|are|will be|set to|to|of|ist|lautet|est|es)\s{1,2}(?:now )?["'\x60*]{0,3}|\s{1,2}["'\x60]{0,3})$`;

const password = new RegExp(
  `(?<![a-z])(?:[\\w.-]{0,24}[_.-])?${passwordNames}(?!s|hash|_hash|length|_length)${assigned}`,
  "iu",
);
const key = new RegExp(`(?<![a-z])(?:[\\w.-]{0,24}?[_.-])?${keyNames}${assigned}`, "iu");
const camelKey = new RegExp(`[a-z](?:Key|Token|Secret|Password)${assigned}`, "u");
const near = new RegExp(
  `(?<![a-z])(?:${keyNames}|${passwordNames}|authorization)(?![a-z])[^\\n]{0,40}$`,
  "iu",
);
const saidAfter = new RegExp(
  `^["'\`)*]{0,3}[ ,]{1,2}[^\\n.]{0,28}(?<![a-z])(?:${keyNames}|${passwordNames})(?![a-z])`,
  "iu",
);

/** Keys that are no secrets, and what digests and ids are called, right before the value. */
const publicNames = new RegExp(
  String.raw`(?<![a-z])(?:public|publishable|primary|foreign|cache|idempotency|partition|sort|object|row|commit|sha-?\d*|hash|digest|checksum|integrity|fingerprint|etag|uuid|guid|ids?|revision|build|version|trace|request|correlation|span|nonce|file|image|base64|next[_ ]?page|page|cursor|continuation|csrf|site)[ _.-]?(?:keys?|tokens?)?(?:[ _.-]?(?:ids?|name|hash))?${assigned}`,
  "iu",
);

/** How far after a value the text may still say what it was. */
const after = 40;

export const unknown: Pick<Recogniser, "begins" | "at"> = {
  begins: letter | digit,
  at(text, start, final): Verdict {
    if (start > 1 && /[-_.~+/%]/.test(text[start - 1] ?? "") && insideWord(text, start - 1)) return null;
    const limit = start + longest;
    let end = start;
    let digits = 0;
    while (end < limit && (kindAt(text, end) & breaking) === 0) {
      digits += kindAt(text, end) & digit;
      end += 1;
    }
    if (end === limit) return null;
    if (end === text.length && !final) return wait;
    if (digits === 0 || end - start < 6) return null;
    return valueOf(text, start, end, final);
  },
};

function valueOf(text: string, start: number, end: number, final: boolean): Verdict {
  const whole = text.slice(start, end);
  const context = before(text, start);
  const said = whole.replace(/['*).:!?]+$/, "");
  if (password.test(context) && isPassword(said)) return { start, end: start + said.length };

  const value = /^[\w.~+/-]+={0,2}/.exec(whole)?.[0].replace(/\.+$/, "") ?? "";
  if (value.length < 16 || isPlaceholder(value)) return null;
  // What is called something else is nothing else.
  if (!publicNames.test(context)) {
    const called = key.test(context) || camelKey.test(context) || password.test(context);
    if (called && isKeyLike(value)) return { start, end: start + value.length };
    if (near.test(context) && isRandom(value)) return { start, end: start + value.length };
  }
  if (publicNames.test(context) || !isRandom(value)) return null;
  const stop = start + value.length + after;
  const line = text.slice(start + value.length, stop);
  if (text.length < stop && !final && !line.includes("\n")) return wait;
  return saidAfter.test(line) ? { start, end: start + value.length } : null;
}

/** Not a word, not a number, not a reference to where the password is kept. */
function isPassword(value: string): boolean {
  if (value.length < 6 || !/\d/.test(value) || isPlaceholder(value) || isHarmless(value)) return false;
  if (/^\d+$/.test(value) || /^[a-z_]+\(/i.test(value)) return false;
  const mixed = /[a-z]/i.test(value) || /[^\w]/.test(value);
  return mixed && !(isHexadecimal(value) && value.length >= 32);
}
