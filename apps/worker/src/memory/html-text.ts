/** HTML to readable text. */
import { Parser } from "htmlparser2";

/** Elements whose content a reader never sees. */
const silent = new Set(["title", "script", "style", "noscript", "template", "svg", "math", "iframe", "head"]);

const paragraphs = new Set(
  "address article aside blockquote body dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend main nav ol p pre section summary table tbody tfoot thead ul".split(
    " ",
  ),
);

/** Gathers text line by line, so that a long page costs no more a line than a short one. */
class Lines {
  #done: string[] = [];
  line = "";

  /** Ends the line; with `blank`, a blank line follows it. Never two blank lines, none at the top. */
  end(blank: boolean): void {
    if (this.line.trim() !== "") this.#done.push(this.line.trimEnd());
    this.line = "";
    if (blank && this.#done.length > 0 && this.#done.at(-1) !== "") this.#done.push("");
  }

  /** Adds text in which runs of white space, line breaks too, are one space. */
  flow(piece: string): void {
    const flowed = piece.replace(/[\s\u00a0]+/g, " ");
    this.line += this.line === "" || this.line.endsWith(" ") ? flowed.trimStart() : flowed;
  }

  /** Adds text whose line breaks and spaces are meant. */
  keep(piece: string): void {
    const [first = "", ...rest] = piece.split("\n");
    this.line += first;
    for (const line of rest) {
      if (this.line.trim() === "") this.end(true);
      else this.end(false);
      this.line = line;
    }
  }

  toString(): string {
    this.end(false);
    return this.#done.join("\n").trim();
  }
}

/**
 * The text a reader sees, with headings as `# Title`, list items as `- item` and table rows as cells
 * between bars, so that structure survives. The page's title comes first where no heading repeats it.
 * Never throws: any text is some HTML.
 */
export function htmlText(html: string): string {
  const lines = new Lines();
  let title = "";
  let titles = 0;
  let inTitle = false;
  let hidden = 0;
  let preformatted = 0;
  let cells = 0;

  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (name === "title") inTitle = (titles += 1) === 1;
        if (silent.has(name)) hidden += 1;
        if (hidden > 0) return;
        if (name === "br") lines.end(false);
        else if (name === "li") {
          lines.end(false);
          lines.line = "- ";
        } else if (name === "tr") {
          lines.end(false);
          cells = 0;
        } else if (name === "td" || name === "th") {
          if (cells > 0) lines.line = `${lines.line.trimEnd()} | `;
          cells += 1;
        } else if (paragraphs.has(name)) {
          // A paragraph that opens a list item, or lies in a table's cell, stays on its line.
          if (lines.line !== "- " && cells === 0) lines.end(true);
          if (name === "pre") preformatted += 1;
          const level = /^h([1-6])$/.exec(name)?.[1];
          if (level !== undefined) lines.line = `${"#".repeat(Number(level))} `;
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
        if (/^h[1-6]$/.test(name) && /^#+ *$/.test(lines.line)) lines.line = "";
        if (name === "tr" || name === "li") {
          lines.end(false);
          cells = 0;
        } else if (paragraphs.has(name) && cells === 0) lines.end(true);
      },
    },
    { decodeEntities: true },
  );
  parser.end(html);

  const body = lines.toString();
  const heading = title.replace(/\s+/g, " ").trim();
  return heading === "" || body.slice(0, 400).includes(heading) ? body : `# ${heading}\n\n${body}`;
}
