/** Text to passages: what a search finds and a model reads. */
import { segmentsOf, type Segment } from "./segments.ts";

/** Positions are UTF-16 units of the text, ends exclusive. */
export interface Passage {
  start: number;
  end: number;
  /** The headings it stands under, outermost first, such as `Usage > Options`. */
  section: string;
  /** Form feeds before it: its page is one more. */
  page: number;
  /** Where it begins inside a table: the row of that table's column names. */
  columns: string;
}

/** Units after which a passage ends with its paragraph, and after which it ends anywhere between sentences. */
const enough = 700;
const most = 1_200;

/**
 * Cuts a text into passages of some paragraphs, in order and without overlap. None holds parts of two pages,
 * and a heading begins a new one.
 */
export function passagesOf(text: string): Passage[] {
  const passages: Passage[] = [];
  let current: Building | null = null;
  for (const segment of segmentsOf(text)) {
    // "As follows:" goes with what follows, into a passage of theirs if need be.
    const opener: Segment | null =
      current !== null && text[current.last.end - 1] === ":" && follows(current, segment)
        ? current.last
        : null;
    if (current !== null && (fits(current, segment) || opener?.from === current.start)) {
      current.section = current.bare ? segment.section : current.section;
      current.bare &&= segment.kind === "heading";
    } else {
      if (current !== null) passages.push(strip(opener ? { ...current, end: current.beforeLast } : current));
      current = begin(opener ?? segment);
    }
    current.beforeLast = current.end;
    current.end = segment.to;
    current.last = segment;
  }
  if (current) passages.push(strip(current));
  return passages;
}

interface Building extends Passage {
  /** Whether it holds nothing but headings yet. */
  bare: boolean;
  last: Segment;
  /** Where it ended before its last segment. */
  beforeLast: number;
}

const begin = (first: Segment): Building => ({
  start: first.from,
  end: first.to,
  section: first.section,
  page: first.page,
  columns: first.header,
  bare: first.kind === "heading",
  last: first,
  beforeLast: first.from,
});

const follows = (passage: Building, { kind, page }: Segment): boolean =>
  passage.page === page && (kind !== "heading" || passage.bare);

function fits(passage: Building, segment: Segment): boolean {
  const size = segment.to - passage.start;
  if (size > most || !follows(passage, segment)) return false;
  const { last } = passage;
  const belongs = last.block === segment.block || (last.kind === "row" && segment.kind === "row");
  return size <= enough || belongs || passage.bare;
}

const strip = ({ start, end, section, page, columns }: Passage): Passage => ({
  start,
  end,
  section,
  page,
  columns,
});
