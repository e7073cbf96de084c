import type { MessagePart, SourcePart } from "@orrery/client";
import { count } from "#lib/formatting/quantities.ts";
import type { Citation } from "#lib/markdown/citations.ts";

/** A document that an answer rests on, and which of its characters, where that is known. */
export interface Source extends Citation {
  title: string;
  range: { start: number; end: number } | undefined;
}

const isSource = (part: MessagePart): part is SourcePart => part.type === "source-document";

/** An answer's sources in the order they were cited, each place once. */
export function sourcesOf(parts: readonly MessagePart[]): Source[] {
  const sources = new Map<string, Source>();
  for (const { title, providerMetadata } of parts.filter(isSource)) {
    const place = providerMetadata?.["orrery"];
    const [start, end] = [Number(place?.["start"]), Number(place?.["end"])];
    const range = Number.isFinite(start) && Number.isFinite(end) ? { start, end } : undefined;
    const mark = range ? `[${title}, characters ${start}–${end}]` : `[${title}]`;
    if (sources.has(mark)) continue;
    sources.set(mark, {
      mark,
      number: sources.size + 1,
      title,
      range,
      description: range ? `${title}, characters ${count(range.start)} to ${count(range.end)}` : title,
    });
  }
  return [...sources.values()];
}
