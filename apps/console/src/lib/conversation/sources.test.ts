import type { MessagePart } from "@orrery/client";
import { expect, test } from "vitest";
import { sourcesOf } from "./sources.ts";

const part = (title: string, start?: number, end?: number): MessagePart => ({
  type: "source-document",
  sourceId: `${title}:${start}`,
  mediaType: "text/plain",
  title,
  ...(start !== undefined && end !== undefined && { providerMetadata: { orrery: { start, end } } }),
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
  expect(sources.map(({ number, mark, description }) => [number, mark, description])).toEqual([
    [1, "[b.md, characters 1507–1695]", "b.md, characters 1,507 to 1,695"],
    [2, "[a.md, characters 3–9]", "a.md, characters 3 to 9"],
    [3, "[c.md]", "c.md"],
    [4, "[d.pdf, characters 30–40, page 12]", "d.pdf, characters 30 to 40, page 12"],
  ]);
});
