/** HTML to readable text. */
import { Parser, type Handler } from "htmlparser2";
import { TextLine } from "./text-line.ts";
import { TextWriter } from "./text-writer.ts";

/** Elements whose content a reader never sees. */
const silent = new Set(["title", "script", "style", "noscript", "template", "svg", "math", "iframe", "head"]);

const paragraphs = new Set(
  "address article aside blockquote body dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend main nav ol p pre section summary table tbody tfoot thead ul".split(
    " ",
  ),
);

/** Levels of a page: what lies deeper is read as if it lay there. Browsers stop nesting at 512. */
const deepest = 256;

/** Keeps the elements that are open few: the parser goes through all of them with each tag. */
class ShallowParser extends Parser {
  #depth = 0;
  /** Whether the tag that is being read opens nothing. */
  #flat = false;
  #closing = false;

  constructor(handler: Pick<Handler, "onopentag" | "ontext" | "onclosetag">) {
    super(
      {
        ...handler,
        onopentag: (...tag) => {
          this.#depth += 1;
          handler.onopentag(...tag);
        },
        onclosetag: (...tag) => {
          this.#depth -= 1;
          handler.onclosetag(...tag);
        },
      },
      { decodeEntities: true },
    );
  }

  override onopentagname(start: number, end: number): void {
    this.#flat = this.#depth >= deepest;
    super.onopentagname(start, end);
  }

  override onclosetag(start: number, end: number): void {
    this.#closing = true;
    super.onclosetag(start, end);
    this.#closing = false;
  }

  protected override isVoidElement(name: string): boolean {
    return super.isVoidElement(name) || (this.#flat && !this.#closing);
  }
}

/** Gathers text line by line. */
class Lines {
  readonly #done: TextWriter;
  readonly #line = new TextLine();
  #blankBefore = true;

  constructor(limit: number) {
    this.#done = new TextWriter(limit);
  }

  /** Whether the line is just this. */
  is(mark: string): boolean {
    return this.#line.length === mark.length && this.#line.toString() === mark;
  }

  /** Begins the line anew. */
  begin(text: string): void {
    this.#line.begin(text);
  }

  /** Ends the line; with `blank`, a blank line follows it. Never two blank lines, none at the top. */
  end(blank: boolean): void {
    const line = this.#line.toString().trimEnd();
    this.#line.begin("");
    if (line !== "") {
      this.#done.write(this.#done.isEmpty ? line : `\n${line}`);
      this.#blankBefore = false;
    }
    if (blank && !this.#blankBefore) {
      this.#done.write("\n");
      this.#blankBefore = true;
    }
  }

  /** Adds text in which runs of white space, line breaks too, are one space. */
  flow(piece: string): void {
    const flowed = piece.replace(/[\s\u00a0]+/g, " ");
    const begins = this.#line.length === 0 || this.#line.endsWith(" ");
    this.#line.add(begins ? flowed.trimStart() : flowed);
  }

  /** Adds text whose line breaks and spaces are meant. */
  keep(piece: string): void {
    const [first = "", ...rest] = piece.split("\n");
    this.#line.add(first);
    for (const line of rest) {
      this.end(this.#line.every((part) => part.trim() === ""));
      this.#line.add(line);
    }
  }

  /** Ends a cell. */
  bar(): void {
    this.#line.trimEnd();
    this.#line.add(" | ");
  }

  /** Whether the line is the signs of a heading and nothing else. */
  get isBareHeading(): boolean {
    return this.#line.length > 0 && this.#line.every((part, at) => (at === 0 ? /^#+ *$/ : /^ *$/).test(part));
  }

  toString(): string {
    this.end(false);
    return this.#done.toString().trim();
  }
}

/**
 * The text a reader sees, with headings as `# Title`, list items as `- item` and table rows as cells
 * between bars, so that structure survives. The page's title comes first where no heading repeats it.
 * Any text is some HTML.
 * @throws TextTooLong
 */
export function htmlText(html: string, limit: number): string {
  const lines = new Lines(limit);
  let title = "";
  let titles = 0;
  let inTitle = false;
  let hidden = 0;
  let preformatted = 0;
  let cells = 0;

  const parser = new ShallowParser({
    onopentag(name, attributes) {
      if (name === "title") inTitle = (titles += 1) === 1;
      if (silent.has(name)) hidden += 1;
      if (hidden > 0) return;
      if (name === "br") lines.end(false);
      else if (name === "li") {
        lines.end(false);
        lines.begin("- ");
      } else if (name === "tr") {
        lines.end(false);
        cells = 0;
      } else if (name === "td" || name === "th") {
        if (cells > 0) lines.bar();
        cells += 1;
      } else if (paragraphs.has(name)) {
        // A paragraph that opens a list item, or lies in a table's cell, stays on its line.
        if (!lines.is("- ") && cells === 0) lines.end(true);
        if (name === "pre") preformatted += 1;
        const level = /^h([1-6])$/.exec(name)?.[1];
        if (level !== undefined) lines.begin(`${"#".repeat(Number(level))} `);
      } else if (name === "img") lines.flow(attributes["alt"] ?? "");
    },
    ontext(piece) {
      if (inTitle) title += piece;
      if (hidden > 0) return;
      if (preformatted > 0) lines.keep(piece);
      else lines.flow(piece);
    },
    onclosetag(name) {
      if (name === "title") inTitle = false;
      if (silent.has(name)) hidden = Math.max(0, hidden - 1);
      if (hidden > 0) return;
      if (name === "pre") preformatted = Math.max(0, preformatted - 1);
      if (/^h[1-6]$/.test(name) && lines.isBareHeading) lines.begin("");
      if (name === "tr" || name === "li") {
        lines.end(false);
        cells = 0;
      } else if (paragraphs.has(name) && cells === 0) lines.end(true);
    },
  });
  parser.end(html);

  const body = lines.toString();
  const heading = title.replace(/\s+/g, " ").trim();
  return heading === "" || body.slice(0, 400).includes(heading) ? body : `# ${heading}\n\n${body}`;
}
