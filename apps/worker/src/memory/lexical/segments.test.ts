import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passagesOf } from "./passages.ts";
import { segmentsOf } from "./segments.ts";

const pieces = (text: string): string[] =>
  segmentsOf(text).map(({ kind, start, end }) => `${kind}: ${text.slice(start, end)}`);

describe("segments", () => {
  it("are sentences, whatever points they hold", () => {
    expect(
      pieces(
        "Dr. Ada Lovelace paid approx. 3.5 million, i.e. a lot. It was 1843! See Fig. 2 (p. 4). “Yes.” J. S. Bach agreed",
      ),
    ).toEqual([
      "sentence: Dr. Ada Lovelace paid approx. 3.5 million, i.e. a lot.",
      "sentence: It was 1843!",
      "sentence: See Fig. 2 (p. 4).",
      "sentence: “Yes.”",
      "sentence: J. S. Bach agreed",
    ]);
  });

  it("are sentences of other scripts", () => {
    expect(pieces("第一条です。第二条は？はい。")).toEqual([
      "sentence: 第一条です。",
      "sentence: 第二条は？",
      "sentence: はい。",
    ]);
    expect(pieces("Es gilt z.B. am 3. Mai. Danach nicht.")).toContain("sentence: Danach nicht.");
  });

  it("run over the line ends of a paragraph", () => {
    expect(pieces("The fee is\n30 euros. It is\ndue now.")).toEqual([
      "sentence: The fee is\n30 euros.",
      "sentence: It is\ndue now.",
    ]);
  });

  it("are the headings, items, rows and code of Markdown, each without its marks", () => {
    const text =
      "# Top\n\nTitle\n-----\n\n- [ ] one\n  more\n* two\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n```sh\nrun --now\n```\nEnd.";
    expect(pieces(text)).toEqual([
      "heading: Top",
      "heading: Title",
      "item: one\n  more",
      "item: two",
      "row: A | B",
      "row: 1 | 2",
      "code: run --now",
      "sentence: End.",
    ]);
    const row = segmentsOf(text).find(({ start }) => text.startsWith("1 |", start));
    expect(row).toMatchObject({ section: "Top > Title", header: "| A | B |" });
  });

  it("know their page", () => {
    expect(segmentsOf("One.\fTwo.\f\fFour.").map(({ page }) => page)).toEqual([0, 1, 3]);
  });

  const documents = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc
      .array(
        fc.constantFrom(
          "# H",
          "- a",
          "1. b",
          "| x | y |",
          "|---|",
          "```",
          "Text. More",
          "\f",
          "",
          "a: b; c: d",
          "===",
          "> q",
          "\ud83d\ude00.",
          '  "k": 1,',
          "文。",
        ),
        { maxLength: 30 },
      )
      .map((lines) => lines.join("\n")),
  );

  it("lie in order in any text, do not overlap, and are never blank", () => {
    fc.assert(
      fc.property(documents, (text) => {
        let last = 0;
        for (const { from, start, end, to } of segmentsOf(text)) {
          expect(from).toBeGreaterThanOrEqual(last);
          expect([start >= from, end > start, to >= end, to <= text.length]).toEqual([
            true,
            true,
            true,
            true,
          ]);
          expect(text.slice(start, end).trim()).not.toBe("");
          last = to;
        }
      }),
    );
  });

  it("make passages that hold every one of them", () => {
    fc.assert(
      fc.property(documents, (text) => {
        const passages = passagesOf(text);
        for (const { start, end } of segmentsOf(text)) {
          expect(passages.some((passage) => passage.start <= start && end <= passage.end)).toBe(true);
        }
      }),
    );
  });
});

describe("passages", () => {
  it("of a real document stay within a page's part and a reader's patience", async () => {
    const text = await readFile(`${import.meta.dirname}/../fixtures/ferry-handbook.md`, "utf8");
    const passages = passagesOf(text);
    expect(passages.length).toBeGreaterThan(8);
    for (const { start, end } of passages) expect(end - start).toBeLessThan(1_500);
    expect(passages.map(({ section }) => section)).toContain(
      "Lindholm Ferries: passenger and crew handbook > 2. Fares and refunds > 2.2 Refunds",
    );
  });
});
