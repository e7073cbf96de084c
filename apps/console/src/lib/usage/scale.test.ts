import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { axisTo } from "./scale.ts";

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
