import type { Passage } from "./citation.ts";

/** A stretch of a document as a tool gave it to the model. */
interface Excerpt {
  document: string;
  start: number;
  text: string;
}

/** Characters of its surroundings that are shown on either side of a quote. */
const around = 240;

/**
 * What a document says at a place, as far as the answers of the document tools hold it.
 * @param outputs what tools answered
 */
export function passageIn(
  outputs: readonly unknown[],
  document: string,
  { start, end }: { start: number; end: number },
): Passage | undefined {
  const excerpt = outputs
    .flatMap(excerptsOf)
    .find((one) => one.document === document && one.start <= start && end <= one.start + one.text.length);
  if (!excerpt) return undefined;
  const [from, to] = [start - excerpt.start, end - excerpt.start];
  return {
    before: beginningAtWord(excerpt.text.slice(Math.max(0, from - around), from), from > around),
    quote: excerpt.text.slice(from, to),
    after: endingAtWord(excerpt.text.slice(to, to + around), to + around < excerpt.text.length),
  };
}

/** What `search_documents` found, or `read_document` read; other tools answer with none. */
function excerptsOf(output: unknown): Excerpt[] {
  if (!isRecord(output)) return [];
  const candidates = Array.isArray(output["passages"]) ? (output["passages"] as unknown[]) : [output];
  return candidates.flatMap((candidate) => {
    if (!isRecord(candidate)) return [];
    const { name, start, text } = candidate;
    return typeof name === "string" && typeof start === "number" && typeof text === "string"
      ? [{ document: name, start, text }]
      : [];
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

const beginningAtWord = (text: string, cut: boolean): string => (cut ? `…${text.replace(/^\S*/, "")}` : text);
const endingAtWord = (text: string, cut: boolean): string => (cut ? `${text.replace(/\S*$/, "")}…` : text);
