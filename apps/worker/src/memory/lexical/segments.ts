/** Text to the smallest pieces worth quoting: sentences, list items, table rows, blocks of code. */
import { sentencesIn } from "./sentences.ts";

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

const fence = /^ {0,3}(```+|~~~+)/;
const headingLine = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const itemLine = /^(\s*)(?:[-*+•‣◦▪●○–]|\d{1,3}[.)]|[a-z][.)])\s+(?:\[[ xX]\]\s+)?/;
const ruleLine = /^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|={3,})$/;
const tableRule = /^[\s|:+-]*-[\s|:+-]*$/;
const recordLine = /^[^:;]{1,60}: [^;]*(?:; [^:;]{1,60}: [^;]*)+$/;
const labelLine = /^(?:\*\*)?\p{Lu}[^:.!?]{0,40}:(?:\*\*)?\s+\S/u;
const jsonLine = /^\s*(?:"(?:[^"\\]|\\.)*"\s*:|[{}[\]],?\s*$|"(?:[^"\\]|\\.)*",?\s*$)/;

interface Line {
  start: number;
  end: number;
  text: string;
}

/** Whether a paragraph of one line stands over what follows, as titles do in text without markup. */
const standsAsHeading = (line: string): boolean =>
  line.length <= 90 &&
  /^[\p{Lu}\p{Lo}\p{N}]/u.test(line) &&
  /\p{L}/u.test(line) &&
  !/[.!?:;,。！？]["')\]]?$/.test(line) &&
  line.split(/\s+/).length <= 12;

/** `2.1. Title` or `2.1 Title`, as sections are numbered; `2. Title` may be an item of a list. */
const numbered = /^(\d{1,3}(?:\.\d{1,3})+\.?|\d{1,3}\.)\s+\p{Lu}/u;

/** The level of a numbered title that stands alone, below those of Markdown's main headings; else null. */
function numberedLevel(line: string): number | null {
  const number = numbered.exec(line)?.[1];
  if (number === undefined || !standsAsHeading(line.replace(/\?$/, ""))) return null;
  return 2 + number.replace(/\.$/, "").split(".").length;
}

class Segmenter {
  readonly segments: Segment[] = [];
  readonly #text: string;
  #block = 0;
  #page = 0;
  #headings: { level: number; title: string }[] = [];
  #section = "";
  #paragraph: { lines: Line[]; item: boolean } | null = null;
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
    while (at <= text.length) {
      let end = at;
      while (end < text.length && text[end] !== "\n" && text[end] !== "\f") end += 1;
      this.#line({ start: at, end, text: text.slice(at, end) });
      if (text[end] === "\f") {
        this.#flush();
        this.#page += 1;
      }
      at = end + 1;
    }
    if (this.#code) this.#endCode(text.length, text.length);
    this.#flush();
    return this.segments;
  }

  #add(kind: SegmentKind, start: number, end: number, from = start, to = end): void {
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
    const heading = headingLine.exec(line.text);
    if (heading) {
      this.#flush();
      this.#heading(line, heading[1]?.length ?? 1, heading[2] ?? "");
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
    if (recordLine.test(bare) || jsonLine.test(line.text)) {
      this.#record(line, bare);
      return;
    }
    this.#keys = [];
    if (itemLine.test(line.text)) {
      this.#flush();
      this.#paragraph = { lines: [line], item: true };
      return;
    }
    if (this.#paragraph && labelLine.test(bare)) this.#flush();
    this.#paragraph ??= { lines: [], item: false };
    this.#paragraph.lines.push(line);
  }

  /** A line of `===` or `---` under one line of text makes that line a heading. */
  #underlines(bare: string): boolean {
    const paragraph = this.#paragraph;
    const above = paragraph?.lines[0];
    if (!/^(=+|-{2,})$/.test(bare) || above === undefined || paragraph?.item) return false;
    if (paragraph?.lines.length !== 1) return false;
    this.#paragraph = null;
    this.#heading(above, bare.startsWith("=") ? 1 : 2, above.text.trim());
    return true;
  }

  #heading(line: Line, level: number, title: string): void {
    this.#table = null;
    this.#block += 1;
    this.#headings = this.#headings.filter((outer) => outer.level < level);
    this.#section = this.#headings.map((outer) => outer.title).join(" > ");
    const at = title === "" ? line.end : line.start + line.text.indexOf(title);
    this.#add("heading", at, at + title.length, line.start, line.end);
    if (title !== "") this.#headings.push({ level, title });
    this.#section = this.#headings.map((outer) => outer.title).join(" > ");
  }

  /** The first row of a table names its columns, and so does a row with a rule under it. */
  #row(line: Line, bare: string): void {
    this.#flush();
    if (tableRule.test(bare)) {
      if (this.#table) this.#table.header = this.#table.last;
      return;
    }
    this.#block += 1;
    this.#trimmed("row", line);
    this.#table = { header: this.#table?.header ?? bare, last: bare };
  }

  /** A row of a sheet, or a line of JSON, which stands under the keys that hold it. */
  #record(line: Line, bare: string): void {
    this.#flush();
    this.#block += 1;
    const indent = line.text.length - line.text.trimStart().length;
    this.#keys = this.#keys.filter((outer) => outer.indent < indent);
    const outside = this.#section;
    this.#section = [outside, ...this.#keys.map(({ key }) => key)].filter((part) => part !== "").join(" > ");
    if (/[\p{L}\p{N}]/u.test(bare)) this.#trimmed("row", line);
    this.#section = outside;
    const key = /^"((?:[^"\\]|\\.)*)"\s*:\s*[{[]$/.exec(bare)?.[1];
    if (key !== undefined) this.#keys.push({ indent, key });
  }

  /** Adds a line without the white space and bars around it. */
  #trimmed(kind: SegmentKind, line: Line): void {
    const lead = /^[\s|]*/.exec(line.text)?.[0].length ?? 0;
    const body = line.text.slice(lead).replace(/[\s|]+$/, "");
    this.#add(kind, line.start + lead, line.start + lead + body.length, line.start, line.end);
  }

  /** Code is one piece up to 60 lines, then a piece for each further 60. */
  #endCode(end: number, to: number): void {
    const code = this.#code;
    this.#code = null;
    if (code === null) return;
    this.#block += 1;
    let start = code.start;
    let from = code.from;
    while (start < end) {
      let stop = start;
      for (let lines = 0; lines < 60 && stop < end && stop - start < 4_000; lines += 1) {
        const next = this.#text.indexOf("\n", stop);
        stop = next === -1 || next >= end ? end : next + 1;
      }
      const last = stop >= end;
      const body = this.#text.slice(start, stop).trimEnd();
      if (body.trim() !== "") this.#add("code", start, start + body.length, from, last ? to : stop);
      start = stop;
      from = stop;
    }
  }

  #flush(): void {
    const paragraph = this.#paragraph;
    this.#paragraph = null;
    const [first] = paragraph?.lines ?? [];
    const last = paragraph?.lines.at(-1);
    if (paragraph === null || first === undefined || last === undefined) return;
    const only = first.text.trim();
    if (paragraph.lines.length === 1) {
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
    for (const { start, end } of sentencesIn(this.#text, first.start + marker, last.end)) {
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
 * short line alone is taken for a heading. Any string is some text: it never throws.
 */
export const segmentsOf = (text: string): Segment[] => new Segmenter(text).run();
