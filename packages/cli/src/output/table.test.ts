import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import type { OutputStream } from "../terminal.ts";
import { styleFor } from "./style.ts";
import { table, type Column } from "./table.ts";
import { fit, printable, widthOf } from "./text.ts";

interface Row {
  name: string;
  size: number;
  note: string | null;
}

const columns: Column<Row>[] = [
  { heading: "NAME", value: ({ name }) => name, elastic: true },
  { heading: "SIZE", value: ({ size }) => size, align: "right" },
  { heading: "NOTE", value: ({ note }) => note, optional: true },
];
const rows: Row[] = [
  { name: "a rather long name", size: 5, note: "here" },
  { name: "短い", size: 1200, note: null },
];

const screen = (width?: number): OutputStream =>
  Object.assign(new PassThrough(), width === undefined ? {} : { isTTY: true, columns: width });

const drawn = (width?: number): string[] => {
  const stream = screen(width);
  return table(rows, columns, { stream, style: styleFor(stream, { NO_COLOR: "1" }) })
    .split("\n")
    .slice(0, -1);
};

describe("a table", () => {
  test("is as wide as it needs into a pipe, its columns aligned, absence shown by a dash", () => {
    expect(drawn()).toEqual([
      "NAME                SIZE  NOTE",
      "a rather long name     5  here",
      "短い                1200  –",
    ]);
  });

  test("gives way where it may on a narrow screen, then leaves columns out", () => {
    expect(drawn(26)[1]).toBe("a rather long…     5  here");
    expect(drawn(20)[1]).toBe("a rathe…     5  here");
    expect(drawn(18)).toEqual(["NAME          SIZE", "a rather lo…     5", "短い          1200"]);
    for (const width of [14, 20, 26, 30]) {
      expect(Math.max(...drawn(width).map(widthOf))).toBeLessThanOrEqual(width);
    }
  });
});

test("text is measured and cut by what a screen shows", () => {
  expect(widthOf("naïve")).toBe(5);
  expect(widthOf("日本")).toBe(4);
  expect(widthOf("👩‍👩‍👧")).toBe(2);
  expect(widthOf("\u001b[31mred\u001b[39m")).toBe(3);
  expect(fit("日本語", 5)).toBe("日本…");
});

test("text from elsewhere cannot steer the terminal", () => {
  expect(printable("a\u001b]0;title\u0007b\r\u009b2Jc\u202ed\te\n")).toBe("a]0;titleb2Jcd\te\n");
});

test("colours are used on a terminal only, and not where they are not wanted", () => {
  expect(styleFor(screen(80), {}).red("x")).toBe("\u001b[31mx\u001b[39m");
  expect(styleFor(screen(), {}).red("x")).toBe("x");
  expect(styleFor(screen(80), { NO_COLOR: "1" }).red("x")).toBe("x");
  expect(styleFor(screen(80), { TERM: "dumb" }).red("x")).toBe("x");
  expect(styleFor(screen(), { FORCE_COLOR: "1" }).red("x")).not.toBe("x");
});
