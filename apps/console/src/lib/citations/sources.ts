import { isToolPart, textOf, type MessagePart, type SourcePart } from "@orrery/client";
import type { Citation } from "./citation.ts";
import { passageIn } from "./passages.ts";

interface Place {
  title: string;
  range: { start: number; end: number } | undefined;
}

const isSource = (part: MessagePart): part is SourcePart => part.type === "source-document";

/** An answer's sources in the order they were cited, each place once. */
export function sourcesOf(parts: readonly MessagePart[]): Citation[] {
  const places = parts.filter(isSource).map(({ title, providerMetadata }): Place => {
    const place = providerMetadata?.["orrery"];
    const [start, end] = [Number(place?.["start"]), Number(place?.["end"])];
    return { title, range: Number.isFinite(start) && Number.isFinite(end) ? { start, end } : undefined };
  });
  const outputs = parts.filter(isToolPart).map(({ output }) => output);
  return citationsOf(places, textOf({ parts }), outputs);
}

const marks = /\[([^[\]\n]+?), characters (\d+)–(\d+)(?:, page \d+)?\]/g;

/**
 * The sources of an answer of which nothing is left but its text and what its tools answered: the places that the text
 * names itself.
 */
export function sourcesIn(text: string, outputs: readonly unknown[]): Citation[] {
  const places = [...text.matchAll(marks)].map(([, title = "", start, end]): Place => ({
    title,
    range: { start: Number(start), end: Number(end) },
  }));
  return citationsOf(places, text, outputs);
}

function citationsOf(places: readonly Place[], text: string, outputs: readonly unknown[]): Citation[] {
  const citations = new Map<string, Citation>();
  for (const { title, range } of places) {
    const mark = markIn(text, range ? `[${title}, characters ${range.start}–${range.end}` : `[${title}`);
    if (citations.has(mark)) continue;
    const digits = /, page (\d+)\]$/.exec(mark)?.[1];
    citations.set(mark, {
      mark,
      number: citations.size + 1,
      title,
      range,
      page: digits === undefined ? undefined : Number(digits),
      passage: (range && passageIn(outputs, title, range)) ?? quotedBefore(mark, text),
    });
  }
  return [...citations.values()];
}

/** The mark that begins so, to its end: the text may name a page in it. */
function markIn(text: string, opening: string): string {
  const start = text.indexOf(opening);
  const rest = start === -1 ? "" : text.slice(start + opening.length, start + opening.length + 16);
  return `${opening}${/^, page \d+(?=\])/.exec(rest)?.[0] ?? ""}]`;
}

/** The words of an extract stand in the answer itself, on the line of their mark. */
function quotedBefore(mark: string, text: string): Citation["passage"] {
  const at = text.indexOf(mark);
  if (at === -1) return undefined;
  const line = text.slice(text.lastIndexOf("\n", at) + 1, at);
  const quote = /^[-*] (.+)$/.exec(line.trim())?.[1]?.trim();
  return quote ? { before: "", quote, after: "" } : undefined;
}
