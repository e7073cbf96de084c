/** HTML by workerd's own parser, which takes any input. Source: https://developers.cloudflare.com/workers/runtime-apis/html-rewriter/ */
import { decodeEntities } from "./entities.ts";
import { MarkdownWriter } from "./markdown-writer.ts";
import { tableOf } from "./table.ts";

const silent = new Set(["script", "style", "noscript", "template", "svg", "head", "iframe", "object"]);
const blocks = new Set(
  "p div section article main header footer nav aside figure figcaption form address dl dt dd details summary".split(
    " ",
  ),
);
const marks: Record<string, string> = {
  b: "**",
  strong: "**",
  i: "_",
  em: "_",
  del: "~~",
  s: "~~",
  code: "`",
};
/** They have no end. */
const voids = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));

/** Levels of lists and quotations that are shown. */
const deepest = 16;

class Writer {
  readonly #hostname: string | null;
  readonly #out = new MarkdownWriter();
  #silence = 0;
  #pre = 0;
  #quotes = 0;
  #lists: { ordered: boolean; count: number }[] = [];
  #rows: string[][] | null = null;
  #cell: MarkdownWriter | null = null;
  title = "";
  inTitle = false;

  constructor(hostname: string | null) {
    this.#hostname = hostname;
  }

  get markdown(): string {
    return (
      this.#out
        .toString()
        // Spaces are looked at from where they begin.
        .replace(/(?<![ \t])[ \t]+\n/g, "\n")
        .replace(/\n{3,}/g, "\n\n")
        .trim()
    );
  }

  get isSilent(): boolean {
    return this.#silence > 0;
  }

  text(raw: string): void {
    const text = decodeEntities(raw);
    if (this.inTitle) this.title += text;
    if (this.#silence > 0 || this.inTitle) return;
    if (this.#pre > 0) this.#put(text);
    else this.#put(this.#startsLine() ? text.replace(/\s+/g, " ").trimStart() : text.replace(/\s+/g, " "));
  }

  open(name: string, attribute: (name: string) => string | null): void {
    if (silent.has(name)) this.#silence += 1;
    if (this.#silence > 0) return;
    const heading = /^h([1-6])$/.exec(name)?.[1];
    if (heading !== undefined) this.#block(`${"#".repeat(Number(heading))} `);
    else if (blocks.has(name)) this.#block();
    else if (name === "br") this.#put("\n");
    else if (name === "hr") this.#block("---\n\n");
    else if (name === "ul" || name === "ol") this.#lists.push({ ordered: name === "ol", count: 0 });
    else if (name === "li") this.#item();
    else if (name === "blockquote") {
      this.#quotes += 1;
      this.#block();
    } else if (name === "pre") {
      this.#block("```\n");
      this.#pre += 1;
    } else if (name === "table") {
      this.#block();
      this.#rows = [];
    } else if (name === "tr") {
      this.#endCell();
      this.#rows?.push([]);
    } else if (name === "td" || name === "th") {
      this.#endCell();
      this.#cell = new MarkdownWriter();
    } else if (name === "img") this.#image(attribute("alt"), attribute("src"));
    else if (name === "a") this.#put("[");
    else if (marks[name] !== undefined && this.#pre === 0) this.#put(marks[name]);
  }

  close(name: string, href: string | null): void {
    if (silent.has(name)) this.#silence = Math.max(0, this.#silence - 1);
    else if (this.#silence > 0) return;
    else if (/^h[1-6]$/.test(name) || blocks.has(name)) this.#block();
    else if (name === "ul" || name === "ol") {
      this.#lists.pop();
      if (this.#lists.length === 0) this.#block();
    } else if (name === "blockquote") {
      this.#block();
      this.#quotes = Math.max(0, this.#quotes - 1);
    } else if (name === "pre") {
      this.#pre = Math.max(0, this.#pre - 1);
      this.#put(this.#startsLine() ? "```\n\n" : "\n```\n\n");
    } else if (name === "td" || name === "th") this.#endCell();
    else if (name === "table") {
      this.#endCell();
      const rows = this.#rows ?? [];
      this.#rows = null;
      this.#put(`${tableOf(rows.filter((row) => row.length > 0))}\n\n`);
    } else if (name === "a") this.#link(href);
    else if (marks[name] !== undefined && this.#pre === 0) this.#put(marks[name]);
  }

  /** Its end tag may be left out. */
  #endCell(): void {
    if (this.#cell !== null) this.#rows?.at(-1)?.push(this.#cell.toString());
    this.#cell = null;
  }

  #put(text: string): void {
    if (this.#cell !== null) this.#cell.write(text);
    // Spaces between the rows of a table.
    else if (this.#rows === null) {
      const quote = "> ".repeat(Math.min(this.#quotes, deepest));
      const begins = quote !== "" && this.#startsLine() && text.trim() !== "" ? quote : "";
      this.#out.write(begins + text);
    }
  }

  #startsLine(): boolean {
    return (this.#cell ?? this.#out).startsLine;
  }

  #block(prefix = ""): void {
    if (this.#cell !== null || this.#rows !== null) {
      if (this.#cell !== null && !this.#cell.isEmpty && !this.#cell.endsWith(" ")) this.#cell.write(" ");
      return;
    }
    // An item's first paragraph stands beside its mark.
    if (this.#out.isItem) return;
    if (!this.#out.isEmpty && !this.#out.endsWith("\n\n"))
      this.#out.write(this.#out.endsWith("\n") ? "\n" : "\n\n");
    if (prefix !== "") this.#put(prefix);
  }

  #item(): void {
    const list = this.#lists.at(-1) ?? { ordered: false, count: 0 };
    list.count += 1;
    if (this.#lists.length <= 1 && list.count === 1) this.#block();
    else if (!this.#out.isEmpty && !this.#out.endsWith("\n")) this.#out.write("\n");
    this.#put(
      `${"  ".repeat(Math.min(Math.max(0, this.#lists.length - 1), deepest))}${list.ordered ? `${list.count}.` : "-"} `,
    );
  }

  #image(alt: string | null, source: string | null): void {
    const url = this.#absolute(source ?? "");
    // Pictures inside the page are no text.
    if (url !== "" && !url.startsWith("data:")) this.#put(`![${alt ?? ""}](${url})`);
    else if (alt) this.#put(alt);
  }

  #link(href: string | null): void {
    const url = this.#absolute(href ?? "");
    this.#put(url === "" || url.startsWith("javascript:") ? "]" : `](${url})`);
  }

  #absolute(url: string): string {
    if (this.#hostname === null || !URL.canParse(url, `https://${this.#hostname}`)) return url;
    return new URL(url, `https://${this.#hostname}`).href;
  }
}

/** `hostname` makes links absolute. */
export async function htmlToMarkdown(html: string, hostname: string | null): Promise<string> {
  const writer = new Writer(hostname);
  const rewriter = new HTMLRewriter().on("*", {
    element(element) {
      const name = element.tagName.toLowerCase();
      if (name === "title") writer.inTitle = true;
      writer.open(name, (attribute) => element.getAttribute(attribute));
      // What is left out may close itself in ways that only SVG has.
      const hasEnd = !writer.isSilent || silent.has(name) || name === "title";
      if (voids.has(name) || !hasEnd) return;
      const href = name === "a" ? element.getAttribute("href") : null;
      element.onEndTag(() => {
        if (name === "title") writer.inTitle = false;
        else writer.close(name, href);
      });
    },
    text: ({ text }) => writer.text(text),
  });
  await rewriter.transform(new Response(html)).arrayBuffer();
  const { markdown, title } = writer;
  const name = title.replace(/\s+/g, " ").trim();
  return name === "" || markdown.includes(name) ? markdown : `# ${name}\n\n${markdown}`.trim();
}
