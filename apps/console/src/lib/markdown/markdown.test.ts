import { describe, expect, test } from "vitest";
import { blocksOf, safeAddress } from "./blocks.ts";
import { splitAtCitations } from "./citations.ts";

describe("blocks", () => {
  test("that did not change keep their identity while a text grows", () => {
    const before = blocksOf("# Title\n\nFirst.\n\nSecond");
    const after = blocksOf("# Title\n\nFirst.\n\nSecond part.", before);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    expect(after[2]).not.toBe(before[2]);
  });
});

describe("links", () => {
  test.each(["https://example.com/a?b=c", "http://example.com/", "mailto:a@example.com"])(
    "to %s may be followed",
    (address) => {
      expect(safeAddress(address)).toBe(address);
    },
  );

  test.each([
    "javascript:alert(1)",
    " javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "/settings",
    "//evil.example",
    "blob:https://example.com/x",
    "",
  ])("to %j are plain text", (address) => {
    expect(safeAddress(address)).toBeNull();
  });
});

describe("citations", () => {
  const first = { mark: "[a.md, characters 1–9]", number: 1, description: "a.md" };
  const second = { mark: "[b.md, characters 3–4]", number: 2, description: "b.md" };

  test("take the place of their marks, each time, and nothing else changes", () => {
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
});
