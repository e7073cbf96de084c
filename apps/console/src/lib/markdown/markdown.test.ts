import { render } from "svelte/server";
import { describe, expect, test } from "vitest";
import { blocksOf, safeAddress } from "./blocks.ts";
import Markdown from "./markdown.svelte";

describe("blocks", () => {
  test("that did not change keep their identity while a text grows", () => {
    const before = blocksOf("# Title\n\nFirst.\n\nSecond");
    const { tokens } = blocksOf("# Title\n\nFirst.\n\nSecond part.", before);
    expect(tokens[0]).toBe(before.tokens[0]);
    expect(tokens[1]).toBe(before.tokens[1]);
    expect(tokens[2]).not.toBe(before.tokens[2]);
  });

  test("lead where a reference says that comes after them", () => {
    const before = blocksOf("See [the guide].\n\nMore");
    const { tokens } = blocksOf("See [the guide].\n\nMore.\n\n[the guide]: https://example.com/", before);
    expect(JSON.stringify(tokens[0])).toContain('"href":"https://example.com/"');
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

describe("Markdown", () => {
  /** What is shown of a text. */
  const shown = (text: string) =>
    render(Markdown, { props: { text } })
      .body.replaceAll(/<!--.*?-->/g, "")
      .replaceAll(/\s+/g, " ");

  test("shows what is to be done with a box for each, ticked where it is done", () => {
    const html = shown("- [x] **Measure** the lot\n- [ ] Return lens 7732\n- Nothing to tick");
    const boxes = html.match(/<input type="checkbox"[^>]*>/g) ?? [];
    expect(boxes).toHaveLength(2);
    expect(boxes.map((box) => [box.includes("checked"), box.includes("disabled")])).toEqual([
      [true, true],
      [false, true],
    ]);
    expect(html.replaceAll(/<[^>]+>/g, "")).not.toMatch(/\[[x ]\]/);
  });

  test("does the same in lists whose items are apart", () => {
    const html = shown("1. [ ] Measure\n\n   Each lot.\n\n2. [x] Return");
    expect(html.match(/type="checkbox"/g)).toHaveLength(2);
    expect(html.replaceAll(/<[^>]+>/g, "")).not.toMatch(/\[[x ]\]/);
  });

  test("sets the columns of a table as it says", () => {
    const html = shown("| Item | Note | Price |\n|:--|:-:|--:|\n| Lens | new | 587 |");
    expect(html).toMatch(/<th [^>]*text-align: right[^>]*>\s*(<[^>]+>)*\s*Price/);
    expect(html).toMatch(/<td [^>]*text-align: center[^>]*>\s*(<[^>]+>)*\s*new/);
    expect(html).toMatch(/<td [^>]*text-align: right[^>]*>\s*(<[^>]+>)*\s*587/);
  });
});
