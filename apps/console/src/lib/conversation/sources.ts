import { textOf, type MessagePart, type SourcePart } from "@orrery/client";
import { count } from "#lib/formatting/quantities.ts";
import type { Citation } from "#lib/markdown/citations.ts";

/** A document that an answer rests on, and which of its characters, where that is known. */
export interface Source extends Citation {
  title: string;
  range: { start: number; end: number } | undefined;
  /** The page where it begins, where the answer names one. */
  page: number | undefined;
}

const isSource = (part: MessagePart): part is SourcePart => part.type === "source-document";

/** An answer's sources in the order they were cited, each place once. */
export function sourcesOf(parts: readonly MessagePart[]): Source[] {
  const text = textOf({ parts });
  const sources = new Map<string, Source>();
  for (const { title, providerMetadata } of parts.filter(isSource)) {
    const place = providerMetadata?.["orrery"];
    const [start, end] = [Number(place?.["start"]), Number(place?.["end"])];
    const range = Number.isFinite(start) && Number.isFinite(end) ? { start, end } : undefined;
    const opening = range ? `[${title}, characters ${start}–${end}` : `[${title}`;
    const mark = markIn(text, opening);
    if (sources.has(mark)) continue;
    const page = pageIn(mark);
    sources.set(mark, {
      mark,
      number: sources.size + 1,
      title,
      range,
      page,
      description:
        title +
        (range ? `, characters ${count(range.start)} to ${count(range.end)}` : "") +
        (page === undefined ? "" : `, page ${page}`),
    });
  }
  return [...sources.values()];
}

/** The mark that begins so, to its end: the text may name a page in it. */
function markIn(text: string, opening: string): string {
  const start = text.indexOf(opening);
  const rest = start === -1 ? "" : text.slice(start + opening.length, start + opening.length + 16);
  return `${opening}${/^, page \d+(?=\])/.exec(rest)?.[0] ?? ""}]`;
}

function pageIn(mark: string): number | undefined {
  const digits = /, page (\d+)\]$/.exec(mark)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
