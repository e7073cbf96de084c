/** Passwords in addresses: `postgres://app:…@host/db` (RFC 3986, 3.2.1). */
import { breaking, kindAt, letter } from "../characters.ts";
import { type Recogniser, type Verdict, wait } from "../recogniser.ts";
import { isPlaceholder } from "./placeholder.ts";

const longestScheme = 24;
const longestAuthority = 256;

const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//;
/** Not longer yet, but perhaps. */
const perhaps = /^[A-Za-z][A-Za-z0-9+.-]*(?::\/?)?$/;
const credentials = /^([^\s:/?#@]{0,80}):([^\s/?#]{3,160})@[\p{L}\d[]/u;

export const connection: Pick<Recogniser, "begins" | "at"> = {
  begins: letter,
  at(text, start, final): Verdict {
    const head = text.slice(start, start + longestScheme);
    const opening = scheme.exec(head)?.[0];
    if (opening === undefined) {
      return !final &&
        head.length < longestScheme &&
        start + head.length === text.length &&
        perhaps.test(head)
        ? wait
        : null;
    }
    const from = start + opening.length;
    const limit = from + longestAuthority;
    let end = from;
    while (
      end < limit &&
      end < text.length &&
      (kindAt(text, end) & breaking) === 0 &&
      !/[/?#]/.test(text[end] ?? "")
    ) {
      end += 1;
    }
    if (end === text.length && end < limit && !final) return wait;
    const [, user, password] = credentials.exec(text.slice(from, end)) ?? [];
    if (user === undefined || password === undefined || isPlaceholder(password)) return null;
    const begin = from + user.length + 1;
    return { start: begin, end: begin + password.length };
  },
};
