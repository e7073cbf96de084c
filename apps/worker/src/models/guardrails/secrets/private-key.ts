/** Private keys in PEM (RFC 7468) and OpenPGP armour, also written into one line or into JSON. */
import { dash } from "../characters.ts";
import { type Recogniser, reach, type Tail, type Verdict, wait } from "../recogniser.ts";

const marker = "-----BEGIN ";
const header = /^-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----/;
const longestHeader = 72;

/** Ends of lines, as they are or as JSON writes them, and indentation. */
const gap = String.raw`(?:\s|\\[nrt])`;
const beginning = new RegExp(
  String.raw`^${gap}+(?:[A-Z][A-Za-z-]{1,13}: [^\r\n\\]{1,80}${gap}+){0,4}[A-Za-z0-9+/=]{16}`,
);
/** What may still become that. */
const perhaps = new RegExp(
  String.raw`^${gap}*\\?(?:[A-Z][A-Za-z-]{0,13}: [^\r\n\\]{0,80}${gap}*\\?){0,4}(?:[A-Za-z0-9+/=]{0,15}|[A-Z][A-Za-z-]{0,13}:? ?)$`,
);

const body = /^[A-Za-z0-9+/=]+/;
/** The next line: a long one, the last before the end, or the end. */
const next = new RegExp(
  String.raw`^${gap}+(?:[A-Za-z0-9+/=]{20,}|[A-Za-z0-9+/=]{1,19}(?=${gap}+-----END )|-----END [A-Z0-9 ]{1,40}-----)`,
);
/** All that `next` needs to see: white space and a line's beginning, or the end's marker. */
const ahead = 96;

/** Line after line, to the end's marker or to what is no line of a key. */
const lines: Tail = (text, from, final) => {
  let at = from;
  for (;;) {
    at += body.exec(text.slice(at, at + ahead))?.[0].length ?? 0;
    if (at < text.length && /[A-Za-z0-9+/=]/.test(text[at] ?? "")) continue;
    if (text.length - at < ahead && !final) return { end: at, open: true };
    const line = next.exec(text.slice(at, at + ahead))?.[0];
    if (line === undefined) return { end: at, open: false };
    at += line.length;
    if (line.endsWith("-----")) return { end: at, open: false };
  }
};

export const privateKey: Pick<Recogniser, "begins" | "at"> = {
  begins: dash,
  at(text, start, final): Verdict {
    const head = text.slice(start, start + reach);
    if (!head.startsWith(marker.slice(0, head.length))) return null;
    const first = header.exec(head)?.[0];
    if (first === undefined) {
      return head.length < longestHeader && !final && /^-----BEGIN[A-Z0-9 ]*-{0,5}$|^-*B?E?G?I?N?$/.test(head)
        ? wait
        : null;
    }
    const rest = head.slice(first.length);
    const match = beginning.exec(rest);
    if (match) return { start, end: start + first.length + match[0].length, tail: lines };
    return !final && head.length < reach && perhaps.test(rest) ? wait : null;
  },
};
