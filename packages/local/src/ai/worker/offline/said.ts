/** What a text says by name, and what else a value may be taken from. */
import { wordsOf } from "./words.ts";

/** Characters of a text that are looked at, of one value in it, and that are gone through for all of its values. */
const longestText = 200_000;
const longestValue = 2_000;
const mostRead = 50_000_000;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** `unitPrice` and `unit_price` are written "unit price". */
const spoken = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase();

const labelOf = (name: string): string => escaped(spoken(name)).replaceAll(" ", "[ _-]?");

const formats: Readonly<Record<string, { pattern: RegExp; least: string }>> = {
  // Looked for where a name begins: each of its characters could else be the first one.
  email: { pattern: /(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/, least: "unknown@example.com" },
  uri: { pattern: /\bhttps?:\/\/[^\s"'<>)]+/, least: "https://example.com/" },
  url: { pattern: /\bhttps?:\/\/[^\s"'<>)]+/, least: "https://example.com/" },
  date: { pattern: /\b\d{4}-\d{2}-\d{2}\b/, least: "1970-01-01" },
  "date-time": {
    pattern: /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})/,
    least: "1970-01-01T00:00:00Z",
  },
  time: { pattern: /\b\d{2}:\d{2}(?::\d{2})?\b/, least: "00:00:00Z" },
  uuid: {
    pattern: /\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b/i,
    least: "00000000-0000-0000-0000-000000000000",
  },
};

/** A place, a person, a day: what stands after a small word, or with a capital inside a sentence. */
function properName(text: string): string | null {
  const after =
    /\b(?:in|for|at|from|to|of|about|near)\s+(?:the\s+)?(\p{Lu}[\p{L}\p{N}'’-]*(?:\s+\p{Lu}[\p{L}\p{N}'’-]*)*)/u.exec(
      text,
    );
  if (after?.[1] !== undefined) return after[1];
  return /(?<=[\p{Ll},]\s)(\p{Lu}[\p{L}\p{N}'’-]*(?:\s+\p{Lu}[\p{L}\p{N}'’-]*)*)/u.exec(text)?.[1] ?? null;
}

const takesWholeText = /^(?:query|q|question|prompt|text|input|message|search|content|topic|request|task)$/i;

export class Said {
  readonly #text: string;
  /** Numbers of the text that no value has taken yet, the next one last. */
  readonly #numbers: number[];
  readonly #named = new Map<string, string | null>();
  #left = mostRead;
  #words: ReadonlySet<string> | undefined;
  /** What stands in quotes, and what looks like a name. */
  #striking: { quoted: string | null; name: string | null } | undefined;

  constructor(text: string) {
    this.#text = text.slice(0, longestText);
    this.#numbers = (this.#text.match(/(?<![\p{L}\d.])-?\d+(?:[.,]\d+)?(?![\p{L}\d])/gu) ?? [])
      .map((digits) => Number(digits.replace(",", ".")))
      .toReversed();
  }

  /** What follows "name:", "name =" or "name is". */
  named(name: string): string | null {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const found = this.#read() ? this.#find(name) : null;
    this.#named.set(name, found);
    return found;
  }

  #find(name: string): string | null {
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}])${labelOf(name)}["']?\\s*(?:[:=]|\\bis\\b|\\bof\\b|\\bnamed\\b|\\bcalled\\b)\\s*(?=[^\\s,;])`,
      "iu",
    );
    const match = pattern.exec(this.#text);
    if (match === null) return null;
    const from = match.index + match[0].length;
    const rest = this.#text.slice(from, from + longestValue);
    const quoted = /^"([^"\n]+)"|^'([^'\n]+)'/.exec(rest);
    return quoted?.[1] ?? quoted?.[2] ?? valueIn(/^[^\n,;]+/.exec(rest)?.[0] ?? "");
  }

  /** What follows "tags:", up to the end of the sentence or to the next name. */
  namedList(name: string): string[] | null {
    if (!this.#read()) return null;
    const label = labelOf(name.replace(/s$/, ""));
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}])${label}s?["']?\\s*[:=]\\s*([^\\n.;]{1,${longestValue}})`,
      "iu",
    );
    const items = pattern
      .exec(this.#text)?.[1]
      ?.replace(/\s+/g, " ")
      .replace(/, ?[\p{L}_ ]+[:=].*$/u, "")
      .split(/ ?, ?(?:and )?| and /);
    return items?.map((item) => item.trim()).filter((item) => item !== "") ?? null;
  }

  number(): number | undefined {
    return this.#numbers.pop();
  }

  /** Whether all words of a value are there. */
  holds(value: string): boolean {
    this.#words ??= new Set(wordsOf(this.#text));
    const said = this.#words;
    const words = wordsOf(value);
    return words.length > 0 && words.every((word) => said.has(word));
  }

  /** A text of this format, or null where there is none, and the least one that is valid. */
  formatted(format: unknown): { found: string | null; least: string } | null {
    const known = Object.hasOwn(formats, String(format)) ? formats[String(format)] : undefined;
    if (known === undefined) return null;
    return { found: this.#read() ? (known.pattern.exec(this.#text)?.[0] ?? null) : null, least: known.least };
  }

  /** Words for a value of this name. */
  words(name: string): string | null {
    const said = this.named(name);
    if (said !== null) return said;
    this.#striking ??= { quoted: quotedIn(this.#text), name: properName(this.#text) };
    const { quoted, name: likely } = this.#striking;
    if (quoted !== null) return quoted;
    return takesWholeText.test(name) ? this.#text.trim() || null : likely;
  }

  /** Whether the text may be gone through once more. */
  #read(): boolean {
    this.#left -= this.#text.length;
    return this.#left >= 0;
  }
}

/** The beginning of a line that is a value: up to "and", or to the end of its sentence. */
function valueIn(line: string): string {
  const stop = /[.!?]?(?:\s{1,20}and\s|[.!?]\s|$)/g;
  stop.lastIndex = 1;
  return line.slice(0, stop.exec(line)?.index).trim();
}

function quotedIn(text: string): string | null {
  const quoted = /"([^"\n]{1,500})"|“([^“”\n]{1,500})”/u.exec(text);
  return quoted?.[1] ?? quoted?.[2] ?? null;
}

/** The lines "name: value" of a text. */
export function pairsIn(text: string): [name: string, value: string][] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).flatMap((line): [string, string][] => {
    const [, name, said = ""] =
      /^["']?([\p{L}][\p{L}\p{N} _-]{0,40})["']?\s*[:=]\s*(.+)$/u.exec(line.trimStart()) ?? [];
    const value = (said.endsWith(",") ? said.slice(0, -1) : said).trimEnd();
    return name === undefined || value === "" ? [] : [[name, value]];
  });
}
