import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrreryError } from "@orrery/protocol";
import { extractText } from "./extract-text.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const fixture = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(`${import.meta.dirname}/fixtures/${name}`));
const refusal = async (input: Uint8Array, mediaType: string, name: string): Promise<string> =>
  await extractText(input, mediaType, name).then(
    () => "it was read",
    (error: unknown) => (error instanceof OrreryError ? `${error.code}: ${error.message}` : String(error)),
  );

describe("text of a PDF", () => {
  it("has a form feed between pages, and paragraphs between blank lines", async () => {
    const text = await extractText(await fixture("station-manual.pdf"), "application/pdf", "m.pdf");
    expect(text.split("\f")).toHaveLength(5);
    expect(text.split("\f")[1]).toMatch(/^2\. Power\n\nThe station is powered by a lithium/);
  });

  it("keeps the cells of a table's row on one line", async () => {
    const text = await extractText(await fixture("station-manual.pdf"), "application/pdf", "m.pdf");
    expect(text).toContain("Snow depth | SR-50 sonar | 0 to 8 m | 1 cm");
    expect(text).toContain("E42 | Memory card worn out | Read the memory and exchange the card.");
  });

  it("is read whatever type was declared", async () => {
    const pdf = await fixture("station-manual.pdf");
    expect(await extractText(pdf, "text/plain", "notes.txt")).toContain("Kestrel 4");
  });

  it("leaves the caller's bytes as they were", async () => {
    const pdf = await fixture("station-manual.pdf");
    const before = pdf.slice();
    await extractText(pdf, "application/pdf", "m.pdf");
    expect(pdf).toEqual(before);
  });

  it("is refused with advice when it is damaged, encrypted or only pictures", async () => {
    expect(await refusal(bytes("%PDF-1.7\nno more"), "application/pdf", "cut.pdf")).toMatch(
      /invalid_request: "cut.pdf" .*export it again/,
    );
    const blank = bytes(
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n",
    );
    expect(await refusal(blank, "application/pdf", "scan.pdf")).toMatch(/"scan.pdf" .*OCR/);
  });
});

describe("text of other formats", () => {
  it("keeps plain text and Markdown as they are, but for line ends", async () => {
    expect(await extractText(bytes("# A\r\n\r\n*b*\rc"), "text/markdown", "a.md")).toBe("# A\n\n*b*\nc");
  });

  it("shows of HTML what a reader sees", async () => {
    const html = `<!doctype html><title>Terms</title><style>p{}</style><script>alert("x")</script>
      <h2>Fees &amp; refunds</h2><p>Paid  within
      <b>30</b> days.<p>Second.<ul><li><p>one<li>two</ul><table><tr><th>A<th>B<tr><td>1<td>2</table><pre>x
  y</pre>`;
    expect(await extractText(bytes(html), "text/html", "t.html")).toBe(
      "# Terms\n\n## Fees & refunds\n\nPaid within 30 days.\n\nSecond.\n\n- one\n- two\n\nA | B\n1 | 2\n\nx\n  y",
    );
  });

  it("names the column of each value of CSV, whatever the delimiter", async () => {
    expect(await extractText(bytes('name;city\n"Ada;x";Oslo\nBo;\n'), "text/csv", "p.csv")).toBe(
      "Columns: name, city\n\nname: Ada;x; city: Oslo\nname: Bo",
    );
    expect(await extractText(bytes("1,2\n3,4"), "text/csv", "p.csv")).toBe("1 | 2\n3 | 4");
  });

  it("indents JSON and keeps every number as it was written", async () => {
    const json = '{"id":12345678901234567890,"list":[1.0,{"a":"}{,"}],"none":{}}';
    const text = await extractText(bytes(json), "application/json", "a.json");
    expect(text).toBe(
      '{\n  "id": 12345678901234567890,\n  "list": [\n    1.0,\n    {\n      "a": "}{,"\n    }\n  ],\n  "none": {}\n}',
    );
  });

  it("goes by the name where the type says nothing, and by the content where both do not", async () => {
    expect(await extractText(bytes("a,b\nx,y"), "application/octet-stream", "t.csv")).toBe(
      "Columns: a, b\n\na: x; b: y",
    );
    expect(await extractText(bytes("<html><body><p>Hi</p>"), "", "page")).toBe("Hi");
  });

  it("gives the same JSON back, however it is laid out", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (value) => {
        const text = await extractText(bytes(JSON.stringify(value)), "application/json", "v.json");
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("encodings", () => {
  it("reads UTF-8, UTF-16 with and without a mark, and windows-1252", async () => {
    const utf16 = Uint8Array.from("Grüße aus Oslo", (letter) => letter.charCodeAt(0)).reduce<number[]>(
      (all, unit) => [...all, unit, 0],
      [],
    );
    const read = async (input: number[]): Promise<string> =>
      await extractText(new Uint8Array(input), "text/plain", "t.txt");
    expect(await read([0xef, 0xbb, 0xbf, 0x41])).toBe("A");
    expect(await read([0xff, 0xfe, ...utf16])).toBe("Grüße aus Oslo");
    expect(await read(utf16)).toBe("Grüße aus Oslo");
    expect(await read([0xfe, 0xff, 0, 0x41, 0, 0x42])).toBe("AB");
    expect(await read([0x47, 0x72, 0xfc, 0xdf, 0x65, 0x20, 0x93, 0x61, 0x94])).toBe("Grüße “a”");
  });

  it("reads any bytes or refuses them with words, and nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc.constantFrom("text/html", "text/csv", "application/json", "", "application/pdf"),
        async (input, type) => {
          const outcome = await refusal(input, type, "any");
          expect(outcome).toMatch(/^(it was read|invalid_request: .+\.)$/s);
        },
      ),
    );
  });
});

describe("what holds no text", () => {
  it.each([
    [[0x89, 0x50, 0x4e, 0x47, 13, 10], "a.png", /PNG image/],
    [[0x50, 0x4b, 3, 4, 0, 0], "plan.docx", /office file.*save it as PDF/],
    [[0x50, 0x4b, 3, 4, 0, 0], "all.zip", /ZIP archive: unpack it/],
    [[0, 1, 2, 3, 0, 1, 2, 3, 1, 1], "blob", /binary data/],
    [[], "empty.txt", /is empty/],
    [[32, 10, 9], "blank.txt", /holds no text/],
  ])("is refused with what to do about it (%#)", async (input, name, reason) => {
    expect(await refusal(new Uint8Array(input), "application/octet-stream", name)).toMatch(reason);
  });

  it("is refused beyond 10 MiB of bytes or five million characters", async () => {
    expect(await refusal(new Uint8Array(10 * 1024 * 1024 + 1), "text/plain", "big.txt")).toMatch(
      /payload_too_large/,
    );
    expect(await refusal(bytes("word ".repeat(1_000_001)), "text/plain", "long.txt")).toMatch(
      /invalid_request: .*5,000,000 characters/,
    );
  });
});
