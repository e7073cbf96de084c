/** Text to passages: what a search finds and a model reads. */
import { segmentsOf } from "./segments.ts";

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
  let current: (Passage & { block: number; row: boolean; bare: boolean }) | null = null;
  for (const segment of segmentsOf(text)) {
    const size = current === null ? 0 : segment.to - current.start;
    const fits =
      current !== null &&
      current.page === segment.page &&
      (segment.kind !== "heading" || current.bare) &&
      size <= most &&
      (size <= enough ||
        current.block === segment.block ||
        current.bare ||
        (current.row && segment.kind === "row"));
    if (current !== null && fits) {
      current.end = segment.to;
      current.block = segment.block;
      current.row = segment.kind === "row";
      current.section = current.bare ? segment.section : current.section;
      current.bare &&= segment.kind === "heading";
    } else {
      if (current) passages.push(strip(current));
      current = {
        start: segment.from,
        end: segment.to,
        section: segment.section,
        page: segment.page,
        columns: segment.header,
        block: segment.block,
        row: segment.kind === "row",
        bare: segment.kind === "heading",
      };
    }
  }
  if (current) passages.push(strip(current));
  return passages;
}

const strip = ({ start, end, section, page, columns }: Passage): Passage => ({
  start,
  end,
  section,
  page,
  columns,
});
