import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { axisTo, dollarMark } from "./scale.ts";

describe("an axis", () => {
  test.each([
    [4, [0, 1, 2, 3, 4]],
    [7, [0, 2, 4, 6, 8]],
    [93, [0, 50, 100]],
    [1_000_000, [0, 500_000, 1_000_000]],
  ])("up to %d has the marks %j", (largest, marks) => {
    expect(axisTo(largest).marks).toEqual(marks);
  });

  test("of things that are counted has no halves", () => {
    expect(axisTo(1, 4, 1).marks).toEqual([0, 1]);
    expect(axisTo(3, 4, 1).marks).toEqual([0, 1, 2, 3]);
    expect(axisTo(0, 4, 1).marks).toEqual([0, 1]);
  });

  test("holds every value, with few marks and little room to spare", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (largest) => {
        const { end, marks } = axisTo(largest);
        expect(end).toBeGreaterThanOrEqual(largest * (1 - 1e-9));
        expect(marks.length).toBeLessThanOrEqual(6);
        expect(marks.length).toBeGreaterThanOrEqual(2);
        expect(end / largest).toBeLessThan(2);
      }),
    );
  });
});

describe("the marks of an axis of dollars", () => {
  test.each([
    [1, ["$0", "$0.000001"]],
    [3, ["$0", "$0.000001", "$0.000002", "$0.000003"]],
    [700, ["$0", "$0.0002", "$0.0004", "$0.0006", "$0.0008"]],
    [40_000, ["$0", "$0.01", "$0.02", "$0.03", "$0.04"]],
    [1_000_000, ["$0", "$0.50", "$1.00"]],
    [4_000_000, ["$0", "$1", "$2", "$3", "$4"]],
    [12_000_000_000, ["$0", "$5,000", "$10,000", "$15,000"]],
  ])("up to %d millionths are %j", (largest, marks) => {
    const axis = axisTo(largest, 4, 1);
    expect(axis.marks.map((mark) => dollarMark(mark, axis.step))).toEqual(marks);
  });

  test("are told apart, and at most ten characters long up to a million dollars", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999_999 }), (largest) => {
        const axis = axisTo(largest, 4, 1);
        const marks = axis.marks.map((mark) => dollarMark(mark, axis.step));
        expect(new Set(marks).size).toBe(marks.length);
        for (const mark of marks) expect(mark.length).toBeLessThanOrEqual(10);
      }),
    );
  });
});
