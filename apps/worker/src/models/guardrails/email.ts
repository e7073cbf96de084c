/** E-mail addresses: the everyday form of RFC 5321 and 5322, without quoted local parts and address literals. */
import { breaking, digit, host, insideWord, kindAt, letter, local, word } from "./characters.ts";
import { before, type Recogniser, type Verdict, wait } from "./recogniser.ts";

/** RFC 5321, 4.5.3.1: octets before and after the `@`. */
const longestLocal = 64;
const longestHost = 253;
/** RFC 1035, 2.3.4. */
const longestLabel = 63;

/** Endings that are no top-level domains, or are names of files, units and hosts far more often. */
const notDomains = new Set(
  (
    "png jpg jpeg gif svg webp avif ico bmp tiff css scss less js mjs cjs jsx ts tsx json jsonc html htm xml yml " +
    "yaml toml ini lock txt log csv pdf exe dll jar war gz tgz zip service socket timer mount target slice device " +
    "dts dtsi local localdomain localhost lan internal home invalid svc cluster"
  ).split(" "),
);

/** Accounts of version control servers, never a person's. */
const repositoryUsers = new Set(["git", "hg", "svn"]);

export const email: Recogniser = {
  class: "email",
  begins: letter | digit,
  at(text, start, final): Verdict {
    if (continuesLocal(text, start)) return null;
    const limit = start + longestLocal + 1;
    let at = start;
    while (at < limit && (kindAt(text, at) & local) !== 0) at += 1;
    if (at === limit) return null;
    if (at === text.length) return final ? null : wait;
    if (text[at] !== "@" || !isLocal(text.slice(start, at))) return null;

    const hostLimit = at + 1 + longestHost + 1;
    let end = at + 1;
    while (end < hostLimit && (kindAt(text, end) & host) !== 0) end += 1;
    if (end === hostLimit) return null;
    if (end === text.length && !final) return wait;
    // A colon makes it a place on another machine when a path follows.
    if (text[end] === ":" && end + 1 === text.length && !final) return wait;
    if (/^:[/~]|^[(]/.test(text.slice(end, end + 2))) return null;

    while (/[.-]/.test(text[end - 1] ?? "")) end -= 1;
    if (!isHost(text.slice(at + 1, end))) return null;
    if (repositoryUsers.has(text.slice(start, at)) || /:\/\/[^\s/@]*$/.test(before(text, start))) return null;
    return { start, end };
  },
};

/** Whether a local part that began earlier reaches over `start`. */
function continuesLocal(text: string, start: number): boolean {
  const kind = kindAt(text, start - 1);
  if (start === 0 || (kind & breaking) !== 0 || (kind & local) === 0 || (kind & word) !== 0) return false;
  return insideWord(text, start - 1);
}

const isLocal = (name: string): boolean => !name.includes("..") && !/[.']$/.test(name);

function isHost(name: string): boolean {
  const labels = name.split(".");
  if (labels.length < 2 || !labels.every(isLabel)) return false;
  // Versions of packages (`4.17.21-beta.next`) and sizes of pictures (`2x.png`).
  if (/^\d+\.\d/.test(name) || /^\d+x\./.test(name)) return false;
  const ending = (labels.at(-1) ?? "").toLowerCase();
  return (/^\p{L}{2,24}$/u.test(ending) || /^xn--[a-z0-9-]{2,59}$/.test(ending)) && !notDomains.has(ending);
}

const isLabel = (label: string): boolean =>
  label.length > 0 && label.length <= longestLabel && !label.startsWith("-") && !label.endsWith("-");
