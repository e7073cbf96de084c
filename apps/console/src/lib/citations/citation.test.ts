import { expect, test } from "vitest";
import { splitAtCitations, type Citation } from "./citation.ts";

const citation = (mark: string, number: number): Citation => ({
  mark,
  number,
  title: "a.md",
  range: undefined,
  page: undefined,
  passage: undefined,
});

test("citations take the place of their marks, each time, and nothing else changes", () => {
  const first = citation("[a.md, characters 1–9]", 1);
  const second = citation("[b.md, characters 3–4]", 2);
  const text = `One ${first.mark} two ${second.mark}${first.mark} [a.md] end`;
  expect(splitAtCitations(text, [first, second])).toEqual([
    "One ",
    first,
    " two ",
    second,
    first,
    " [a.md] end",
  ]);
  expect(splitAtCitations("None", [first])).toEqual(["None"]);
});
