import type { MessagePart } from "@orrery/client";
import { describe, expect, test } from "vitest";
import { citationWords } from "./citation-words.ts";
import { sourcesIn, sourcesOf } from "./sources.ts";

const part = (title: string, start?: number, end?: number): MessagePart => ({
  type: "source-document",
  sourceId: `${title}:${start}`,
  mediaType: "text/plain",
  title,
  ...(start !== undefined && end !== undefined && { providerMetadata: { orrery: { start, end } } }),
});

const searched = (output: unknown): MessagePart => ({
  type: "tool-search_documents",
  toolCallId: "c1",
  state: "output-available",
  input: {},
  output,
});

test("sources are numbered in the order they were cited, each place once", () => {
  const sources = sourcesOf([
    part("b.md", 1507, 1695),
    { type: "text", text: "One [b.md, characters 1507–1695] two [d.pdf, characters 30–40, page 12]." },
    part("a.md", 3, 9),
    part("b.md", 1507, 1695),
    part("c.md"),
    part("d.pdf", 30, 40),
  ]);
  expect(sources.map((source) => [source.number, source.mark, citationWords(source)])).toEqual([
    [1, "[b.md, characters 1507–1695]", "b.md, characters 1,507 to 1,695"],
    [2, "[a.md, characters 3–9]", "a.md, characters 3 to 9"],
    [3, "[c.md]", "c.md"],
    [4, "[d.pdf, characters 30–40, page 12]", "d.pdf, page 12, characters 30 to 40"],
  ]);
});

describe("the passage that a source points to", () => {
  const text = "A penalty is owed. It is capped at 5 %. Lenses are inspected.";
  const [start, end] = [100 + text.indexOf("It is"), 100 + text.indexOf(" Lenses")];

  test("is what the tools found there, with its surroundings", () => {
    const found = { passages: [{ name: "b.md", start: 100, end: 100 + text.length, text }] };
    const [source] = sourcesOf([searched(found), part("b.md", start, end)]);
    expect(source?.passage).toEqual({
      before: "A penalty is owed. ",
      quote: "It is capped at 5 %.",
      after: " Lenses are inspected.",
    });
  });

  test("is looked for in the document that is cited, and where all of it is", () => {
    const read = { id: "x", name: "other.md", start: 100, end: 100 + text.length, text };
    const short = { passages: [{ name: "b.md", start: 100, end: end - 1, text: text.slice(0, end - 101) }] };
    const [source] = sourcesOf([searched(read), searched(short), part("b.md", start, end)]);
    expect(source?.passage).toBeUndefined();
  });

  test("is in the answer itself where that quotes and no tool was asked", () => {
    const mark = `[b.md, characters ${start}–${end}]`;
    const [source] = sourcesOf([
      { type: "text", text: `**When?**\n\n- It is capped at 5 %. ${mark}` },
      part("b.md", start, end),
    ]);
    expect(source?.passage).toEqual({ before: "", quote: "It is capped at 5 %.", after: "" });
  });

  test("is cut between words where the surroundings are long", () => {
    const long = `${"word ".repeat(100)}QUOTE${" word".repeat(100)}`;
    const at = long.indexOf("QUOTE");
    const [source] = sourcesOf([
      searched({ passages: [{ name: "b.md", start: 0, end: long.length, text: long }] }),
      part("b.md", at, at + 5),
    ]);
    expect(source?.passage?.before).toMatch(/^… ?word .*word $/);
    expect(source?.passage?.after).toMatch(/^ word .*word …$/);
  });
});

test("of a text alone, the sources are the places that it names", () => {
  const text =
    "- One. [a.md, characters 3–9]\n- Two. [b.pdf, characters 30–38, page 2] [not, a mark] [a.md, characters 3–9]";
  const found = { passages: [{ name: "b.pdf", start: 24, end: 45, text: "zero. A second thing." }] };
  expect(
    sourcesIn(text, [found, undefined, "x"]).map(({ mark, page, passage }) => [mark, page, passage?.quote]),
  ).toEqual([
    ["[a.md, characters 3–9]", undefined, "One."],
    ["[b.pdf, characters 30–38, page 2]", 2, "A second"],
  ]);
});
