/** Text to the smallest pieces worth quoting: sentences, list items, table rows, blocks of code. */
import {
  cellsOf,
  fence,
  headingOf,
  isRecord,
  isTableRule,
  itemLine,
  labelLine,
  numberedLevel,
  ruleLine,
  standsAsHeading,
} from "./line-forms.ts";
import { sectionOf, titleOf } from "./section-path.ts";
import { piecesOf, sentencesIn } from "./sentences.ts";

export type SegmentKind = "sentence" | "heading" | "item" | "row" | "code";

/** Positions are UTF-16 units of the text, ends exclusive. */
export interface Segment {
  kind: SegmentKind;
  /** What to quote: without list markers, heading signs, fences and outer bars. */
  start: number;
  end: number;
  /** The same with them. */
  from: number;
  to: number;
  /** Pieces of one paragraph, item, row or block of code have the same number. */
  block: number;
  /** The headings above it, outermost first, such as `Usage > Options`. */
  section: string;
  /** For a row of a table: the row of its column names. */
  header: string;
  /** Form feeds before it: its page is one more. */
  page: number;
}

/** Pieces after which the rest of a text is cut by its length alone: no text that is written to be read has as many. */
const mostSegments = 200_000;
/** Characters of one piece, past which it is cut. */
const longestSegment = 8_000;
/** Characters that are kept of a table's column names. */
const longestHeader = 2_000;
/** Keys of JSON, from the innermost, that a piece stands under. */
const mostKeys = 16;

interface Line {
  start: number;
  end: number;
  text: string;
}

class Segmenter {
  readonly segments: Segment[] = [];
  readonly #text: string;
  #block = 0;
  #page = 0;
  #headings: { level: number; title: string }[] = [];
  #section = "";
  #paragraph: { first: Line; last: Line; item: boolean } | null = null;
  #keys: { indent: number; key: string }[] = [];
  #table: { header: string; last: string } | null = null;
  #code: { mark: string; from: number; start: number } | null = null;
  /** Whether the text marks its headings with `#`, so that a lone numbered line is a list's item. */
  readonly #marksHeadings: boolean;

  constructor(text: string) {
    this.#text = text;
    this.#marksHeadings = /^#{1,6} /m.test(text);
  }

  run(): Segment[] {
    const text = this.#text;
    let at = 0;
    while (at <= text.length && this.#room > 0) {
      let end = at;
      while (end < text.length && text[end] !== "\n" && text[end] !== "\f") end += 1;
      this.#line({ start: at, end, text: text.slice(at, end) });
      if (text[end] === "\f") {
        this.#flush();
        this.#page += 1;
      }
      at = end + 1;
    }
    if (this.#code) this.#endCode(Math.min(at, text.length), Math.min(at, text.length));
    this.#flush();
    this.#byLength(at);
    return this.segments;
  }

  /** Pieces that the text may still be cut into by what it says. */
  get #room(): number {
    return Math.max(0, mostSegments - this.segments.length);
  }

  /** What is left where there were too many pieces. Such pieces may reach over the end of a page. */
  #byLength(from: number): void {
    let counted = from;
    for (const { start, end } of piecesOf(this.#text, from, this.#text.length)) {
      for (; counted < start; counted += 1) if (this.#text[counted] === "\f") this.#page += 1;
      this.#block += 1;
      this.#add("sentence", start, end);
    }
  }

  /** Adds a piece, or several where it is longer than anything that is worth quoting. */
  #add(kind: SegmentKind, start: number, end: number, from = start, to = end): void {
    if (end - start <= longestSegment) {
      this.#push(kind, start, end, from, to);
      return;
    }
    let last = from;
    for (const piece of piecesOf(this.#text, start, end)) {
      this.#push(kind, piece.start, piece.end, last, piece.end === end ? to : piece.end);
      last = piece.end;
    }
  }

  #push(kind: SegmentKind, start: number, end: number, from: number, to: number): void {
    if (end <= start) return;
    this.segments.push({
      kind,
      start,
      end,
      from,
      to,
      block: this.#block,
      section: this.#section,
      header: kind === "row" ? (this.#table?.header ?? "") : "",
      page: this.#page,
    });
  }

  #line(line: Line): void {
    if (this.#code) {
      if (line.text.trimStart().startsWith(this.#code.mark)) this.#endCode(line.start, line.end);
      return;
    }
    const mark = fence.exec(line.text)?.[1];
    if (mark !== undefined) {
      this.#flush();
      this.#table = null;
      this.#code = {
        mark: mark.slice(0, 3),
        from: line.start,
        start: Math.min(line.end + 1, this.#text.length),
      };
      return;
    }
    const bare = line.text.trim();
    if (bare === "") {
      this.#flush();
      return;
    }
    const heading = headingOf(line.text);
    if (heading) {
      this.#flush();
      this.#heading(line, heading.level, heading.title);
      return;
    }
    if (this.#underlines(bare)) return;
    if (ruleLine.test(line.text)) {
      this.#flush();
      return;
    }
    if (bare.startsWith("|") || / \| /.test(bare)) {
      this.#row(line, bare);
      return;
    }
    this.#table = null;
    if (isRecord(line.text)) {
      this.#record(line, bare);
      return;
    }
    this.#keys = [];
    if (itemLine.test(line.text)) {
      this.#flush();
      this.#paragraph = { first: line, last: line, item: true };
      return;
    }
    if (this.#paragraph && labelLine.test(bare)) this.#flush();
    this.#paragraph ??= { first: line, last: line, item: false };
    this.#paragraph.last = line;
  }

  /** A line of `===` or `---` under one line of text makes that line a heading. */
  #underlines(bare: string): boolean {
    const paragraph = this.#paragraph;
    if (paragraph === null || paragraph.item || paragraph.first !== paragraph.last) return false;
    if (!/^(=+|-{2,})$/.test(bare)) return false;
    this.#paragraph = null;
    this.#heading(paragraph.first, bare.startsWith("=") ? 1 : 2, paragraph.first.text.trim());
    return true;
  }

  #heading(line: Line, level: number, title: string): void {
    this.#table = null;
    this.#block += 1;
    this.#headings = this.#headings.filter((outer) => outer.level < level);
    this.#section = sectionOf(this.#headings.map((outer) => outer.title));
    const at = title === "" ? line.end : line.start + line.text.indexOf(title);
    this.#add("heading", at, at + title.length, line.start, line.end);
    if (title !== "") this.#headings.push({ level, title: titleOf(title) });
    this.#section = sectionOf(this.#headings.map((outer) => outer.title));
  }

  /** The first row of a table names its columns, and so does a row with a rule under it. */
  #row(line: Line, bare: string): void {
    this.#flush();
    if (isTableRule(bare)) {
      if (this.#table) this.#table.header = this.#table.last;
      return;
    }
    this.#block += 1;
    this.#trimmed("row", line);
    const names = bare.slice(0, longestHeader);
    this.#table = { header: this.#table?.header ?? names, last: names };
  }

  /** A row of a sheet, or a line of JSON, which stands under the keys that hold it. */
  #record(line: Line, bare: string): void {
    this.#flush();
    this.#block += 1;
    const indent = line.text.length - line.text.trimStart().length;
    this.#keys = this.#keys.filter((outer) => outer.indent < indent);
    const outside = this.#section;
    this.#section = sectionOf([outside, ...this.#keys.slice(-mostKeys).map(({ key }) => key)]);
    if (/[\p{L}\p{N}]/u.test(bare)) this.#trimmed("row", line);
    this.#section = outside;
    const key = /^"((?:[^"\\]|\\.)*)"\s*:\s*[{[]$/.exec(bare)?.[1];
    if (key !== undefined) this.#keys.push({ indent, key: titleOf(key) });
  }

  /** Adds a line without the white space and bars around it. */
  #trimmed(kind: SegmentKind, line: Line): void {
    const { start, end } = cellsOf(line.text);
    this.#add(kind, line.start + start, line.start + end, line.start, line.end);
  }

  /** Code is one piece up to 60 lines, then a piece for each further 60. */
  #endCode(end: number, to: number): void {
    const code = this.#code;
    this.#code = null;
    if (code === null) return;
    this.#block += 1;
    // Looked through apart from what follows, which may go on without an end of a line.
    const text = this.#text.slice(0, end);
    let start = code.start;
    let from = code.from;
    while (start < end) {
      let stop = start;
      for (let lines = 0; lines < 60 && stop < end && stop - start < 4_000; lines += 1) {
        const next = text.indexOf("\n", stop);
        stop = next === -1 ? end : next + 1;
      }
      const last = stop >= end;
      const body = text.slice(start, stop).trimEnd();
      if (body.trim() !== "") this.#add("code", start, start + body.length, from, last ? to : stop);
      start = stop;
      from = stop;
    }
  }

  #flush(): void {
    const paragraph = this.#paragraph;
    this.#paragraph = null;
    if (paragraph === null) return;
    const { first, last } = paragraph;
    if (first === last) {
      const only = first.text.trim();
      const level = this.#marksHeadings ? null : numberedLevel(only);
      const alone = !paragraph.item && standsAsHeading(only) ? 7 : null;
      if (level !== null || alone !== null) {
        // What a text begins with is the title of all of it.
        const title = this.segments.length === 0 && level === null;
        this.#heading(first, title ? 1 : (level ?? 7), only);
        return;
      }
    }
    this.#block += 1;
    const marker = paragraph.item
      ? (itemLine.exec(first.text)?.[0].length ?? 0)
      : (/^[\s>]*/.exec(first.text)?.[0].length ?? 0);
    let from = first.start;
    for (const { start, end } of sentencesIn(this.#text, first.start + marker, last.end, this.#room)) {
      // A page's number, or a rule of some sort.
      if (!/[\p{L}]/u.test(this.#text.slice(start, end)) && end - start < 12) continue;
      this.#add(paragraph.item ? "item" : "sentence", start, end, from, end);
      from = end;
    }
  }
}

/**
 * Cuts a text into segments, in order and without overlap. Understands Markdown (headings, lists, tables,
 * fenced code), the layouts that `extractText` makes of HTML, CSV, JSON and PDF, and plain text, in which a
 * short line alone is taken for a heading. Any string is some text: it never throws. A text of more than
 * 200,000 pieces is cut by its length from there on.
 */
export const segmentsOf = (text: string): Segment[] => new Segmenter(text).run();
