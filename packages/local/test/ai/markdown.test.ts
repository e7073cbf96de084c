import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { sharedWorker } from "./running-ai.ts";
import type { AskedWorker } from "./running-ai.ts";

interface Converted {
  name: string;
  mimeType: string;
  format: string;
  tokens: number;
  data: string;
  error: string;
}

let worker: AskedWorker;
beforeAll(async () => {
  worker = await sharedWorker();
});

const convert = (
  files: [name: string, type: string, content: string | Uint8Array][],
  options?: object,
): Promise<Converted[]> =>
  worker.ask<Converted[]>("/markdown", {
    files: files.map(([name, type, content]) => ({
      name,
      type,
      base64: Buffer.from(content).toString("base64"),
    })),
    options,
  });

const one = async (name: string, type: string, content: string | Uint8Array, options?: object) => {
  const [converted] = await convert([[name, type, content]], options);
  if (converted === undefined) throw new Error("nothing came back");
  return converted;
};

/** A ZIP as office programs write it: deflated, with a directory at the end. */
function zip(files: Record<string, string>): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const [content, packed] = [Buffer.from(text), deflateRawSync(text)];
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(8, 8);
    head.writeUInt32LE(packed.length, 18);
    head.writeUInt32LE(content.length, 22);
    head.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(content.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    parts.push(head, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    at += head.length + name.length + packed.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...parts, entries, end]));
}

describe("toMarkdown", () => {
  it("reads HTML, with headings, lists, links, tables and code", async () => {
    const html = `<!doctype html><html><head><title>Guide</title><style>p{}</style></head><body>
      <h1>Guide</h1><p>Use <b>both</b> hands &amp; <em>eyes</em>. <a href="/more">More</a></p>
      <ul><li>first<li>second<ol><li>deep</ol></ul>
      <table><tr><th>Size<th>Price</tr><tr><td>S</td><td>3 | 4</td></tr></table>
      <pre>let  a = 1;</pre><script>alert(1)</script><blockquote>Quoted</blockquote></body></html>`;
    const { data, format, tokens } = await one("guide.html", "text/html", html, {
      html: { hostname: "example.com" },
    });
    expect(format).toBe("markdown");
    expect(tokens).toBeGreaterThan(10);
    expect(data).toBe(
      [
        "# Guide",
        "Use **both** hands & _eyes_. [More](https://example.com/more)",
        "- first\n- second\n  1. deep",
        "| Size | Price |\n| --- | --- |\n| S | 3 \\| 4 |",
        "```\nlet  a = 1;\n```",
        "> Quoted",
      ].join("\n\n"),
    );
  });

  it("reads CSV with quotes and other separators, JSON, XML, Markdown and plain text", async () => {
    const converted = await convert([
      ["a.csv", "text/csv", 'name;note\r\nAda;"one; ""two"""\r\n'],
      ["a.json", "application/json", '{"big": 12345678901234567890}'],
      ["a.xml", "application/xml", "<a>1</a>"],
      ["a.md", "text/markdown", "# Hi"],
      ["a.txt", "application/octet-stream", "plain"],
    ]);
    expect(converted.map(({ data }) => data)).toEqual([
      '| name | note |\n| --- | --- |\n| Ada | one; "two" |',
      '```json\n{"big": 12345678901234567890}\n```',
      "```xml\n<a>1</a>\n```",
      "# Hi",
      "plain",
    ]);
    expect(converted.at(-1)?.mimeType).toBe("text/plain");
  });

  it("reads Word documents", async () => {
    const paragraph = (text: string, properties = "") =>
      `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
    const document = `<?xml version="1.0"?><w:document><w:body>
      ${paragraph("Report", '<w:pStyle w:val="Heading1"/>')}
      <w:p><w:r><w:t xml:space="preserve">It is </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>done</w:t></w:r><w:r><w:t> &amp; sent.</w:t></w:r></w:p>
      ${paragraph("one", '<w:numPr><w:ilvl w:val="0"/></w:numPr>')}${paragraph("two", '<w:numPr><w:ilvl w:val="1"/></w:numPr>')}
      <w:tbl><w:tr><w:tc>${paragraph("A")}</w:tc><w:tc>${paragraph("B")}</w:tc></w:tr><w:tr><w:tc>${paragraph("1")}</w:tc><w:tc>${paragraph("2")}</w:tc></w:tr></w:tbl>
    </w:body></w:document>`;
    const { data } = await one("report.docx", "", zip({ "word/document.xml": document }));
    expect(data).toBe(
      "# Report\n\nIt is **done** & sent.\n\n- one\n  - two\n\n| A | B |\n| --- | --- |\n| 1 | 2 |",
    );
  });

  it("reads Excel's sheets, with gaps and shared strings", async () => {
    const { data } = await one(
      "book.xlsx",
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      zip({
        "xl/workbook.xml":
          '<workbook><sheets><sheet name="Sales" sheetId="1" r:id="rId7"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels":
          '<Relationships><Relationship Id="rId7" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/sharedStrings.xml": "<sst><si><t>City</t></si><si><r><t>Ber</t></r><r><t>lin</t></r></si></sst>",
        "xl/worksheets/sheet1.xml": `<worksheet><sheetData>
          <row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Sum</t></is></c></row>
          <row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3" t="b"><v>1</v></c><c r="C3"><v>4.5</v></c></row>
        </sheetData></worksheet>`,
      }),
    );
    expect(data).toBe("## Sales\n\n| City |  | Sum |\n| --- | --- | --- |\n| Berlin | true | 4.5 |");
  });

  it("reads OpenDocument's texts and tables", async () => {
    const content = `<office:document-content><office:body><office:text><text:h text:outline-level="2">Title</text:h>
      <text:p>Some <text:span>words</text:span>.</text:p><text:list><text:list-item><text:p>item</text:p></text:list-item></text:list>
      </office:text></office:body></office:document-content>`;
    expect((await one("a.odt", "", zip({ "content.xml": content }))).data).toBe(
      "## Title\n\nSome words.\n\n- item",
    );
    const cells = `<office:document-content><office:body><office:spreadsheet><table:table table:name="S1">
      <table:table-row><table:table-cell table:number-columns-repeated="2"><text:p>x</text:p></table:table-cell><table:table-cell table:number-columns-repeated="999"/></table:table-row>
      </table:table></office:spreadsheet></office:body></office:document-content>`;
    expect((await one("a.ods", "", zip({ "content.xml": cells }))).data).toBe(
      "## S1\n\n| x | x |\n| --- | --- |",
    );
  });

  it("reads PDFs, page by page", async () => {
    const pdf = new Uint8Array(readFileSync(new URL("two-pages.pdf", import.meta.url)));
    const { data, mimeType } = await one("two-pages.pdf", "application/pdf", pdf);
    expect(mimeType).toBe("application/pdf");
    expect(data).toMatch(/^# two-pages\.pdf\n\n## Metadata\n/);
    expect(data).toContain("### Page 1\nThe first page says hello.");
    expect(data).toContain("### Page 2\nThe second page says goodbye.");
    const plain = await one("two-pages.pdf", "application/pdf", pdf, { pdf: { metadata: false } });
    expect(plain.data).not.toContain("Metadata");
  });

  it("gives plain text where that is wanted", async () => {
    const { data, format } = await one(
      "a.md",
      "text/markdown",
      "# Hi\n\nSome **bold** [link](x).\n\n| a | b |\n| --- | --- |\n| 1 | 2 |",
      { output: { format: "text" } },
    );
    expect(format).toBe("text");
    expect(data).toBe("Hi\n\nSome bold link.\n\na\tb\n1\t2");
  });

  it.each([
    ["an image, which nothing here can describe", "cat.png", "image/png", "Images cannot be described"],
    ["a type it does not know", "a.numbers", "application/vnd.apple.numbers", "Unsupported file type"],
    ["a damaged document", "a.docx", "", "a.docx cannot be converted"],
    ["a damaged PDF", "a.pdf", "application/pdf", "a.pdf cannot be converted"],
  ])("answers for %s with the reason", async (_, name, type, reason) => {
    const converted = await one(name, type, "nonsense");
    expect(converted).toMatchObject({
      name,
      format: "error",
      error: expect.stringContaining(reason) as string,
    });
  });

  it("lists what it reads, and nothing else", async () => {
    const list = await worker.ask<{ extension: string; mimeType: string }[]>("/supported");
    expect(list.map(({ extension }) => extension).join(" ")).toBe(
      ".pdf .html .htm .md .markdown .txt .csv .json .xml .docx .xlsx .odt .ods",
    );
  });
});
