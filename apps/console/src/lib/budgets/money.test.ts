import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { amountOf, microsOf } from "./money.ts";

describe("an amount", () => {
  test.each([
    ["12.50", 12_500_000],
    ["$ 5", 5_000_000],
    ["1,000", 1_000_000_000],
    ["$1,234,567.89", 1_234_567_890_000],
    ["0.000001", 1],
    ["0", 0],
  ])("%j is %d micro-dollars", (text, micros) => {
    expect(microsOf(text)).toBe(micros);
  });

  test.each(["", "ten", "-1", "1.2.3", "12,5", "1e3", "0.0000001", ".5", "1000000000000"])(
    "%j is none",
    (text) => {
      expect(microsOf(text)).toBeUndefined();
    },
  );

  test("is typed as it is shown", () => {
    expect([amountOf(12_500_000), amountOf(0), amountOf(125)]).toEqual(["12.50", "0.00", "0.000125"]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), (micros) => {
        expect(microsOf(amountOf(micros))).toBe(micros);
      }),
    );
  });
});
