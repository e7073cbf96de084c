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
    { type: "text", text: "…" },
    part("a.md", 3, 9),
    part("b.md", 1507, 1695),
    part("c.md"),
  ]);
  expect(sources.map(({ number, mark, description }) => [number, mark, description])).toEqual([
    [1, "[b.md, characters 1507–1695]", "b.md, characters 1,507 to 1,695"],
    [2, "[a.md, characters 3–9]", "a.md, characters 3 to 9"],
    [3, "[c.md]", "c.md"],
  ]);
});
