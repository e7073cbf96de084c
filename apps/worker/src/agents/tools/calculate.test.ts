import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate } from "./calculate-expression.ts";

const value = (expression: string): string => evaluate(expression).text;

describe("arithmetic", () => {
  it.each([
    ["0.1 + 0.2", "0.3"],
    ["1/3", "0.333333333333333"],
    ["2 + 3 * 4", "14"],
    ["(2 + 3) * 4", "20"],
    ["2^3^2", "512"],
    ["-2^2", "-4"],
    ["2^-2", "0.25"],
    ["2**10", "1024"],
    ["2^100", "1267650600228229401496703205376"],
    ["10 - 4 - 3", "3"],
    ["7 % 3", "1"],
    ["-7 % 3", "2"],
    ["15% of 80", "12"],
    ["200 * 15%", "30"],
    ["(1200 - 5%) * 3", "3599.85"],
    ["1,234,567.5 + 1", "1234568.5"],
    ["max(1,234)", "234"],
    ["sqrt(16) + sqrt(2)", "5.41421356237309"],
    ["round(2.675, 2)", "2.68"],
    ["round(-2.5)", "-3"],
    ["floor(-1.5) + ceil(1.2)", "0"],
    ["min(3, 1, 2) + avg(1, 2)", "2.5"],
    ["5! / 3!", "20"],
    ["ln(e)", "1"],
    ["sin(pi/2)", "1"],
    ["6 ÷ 4 × 2", "3"],
    ["1.5e3", "1500"],
    [".5 + 5.", "5.5"],
  ])("%s = %s", (expression, result) => {
    expect(value(expression)).toBe(result);
  });

  it("says whether the digits are all there", () => {
    expect(evaluate("1/8")).toEqual({ text: "0.125", exact: true });
    expect(evaluate("1/3").exact).toBe(false);
    expect(evaluate("sqrt(2)").exact).toBe(false);
  });

  it.each([
    ["1/0", /division by zero/],
    ["5 % 0", /division by zero/],
    ["2 +", /expected a number but found the end/],
    ["(1", /expected "\)" but found the end/],
    ["1 2", /did not expect "2" at character 3/],
    ["x + 1", /"x" is not known; there are pi/],
    ["constructor(1)", /"constructor" is not known/],
    ["alert`1`", /is not known|is not arithmetic/],
    ["sqrt(1, 2)", /sqrt takes 1 argument/],
    ["sqrt(-1)", /square root of a negative/],
    ["9^9^9", /more digits than can be shown/],
    ["1e5000", /out of range/],
    ["(".repeat(500), /nested too deeply/],
    ["", /expected a number/],
  ])("%s is refused in words", (expression, message) => {
    expect(() => value(expression)).toThrow(message);
  });

  it("agrees with whole numbers of any length", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), (x, y) => {
        expect(value(`(${x}) + (${y})`)).toBe(`${x + y}`);
        expect(value(`(${x}) * (${y})`)).toBe(`${x * y}`);
      }),
    );
  });

  it("throws nothing but errors with words, for any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9+*/%^(). a-z!-]{0,30}$/)), (text) => {
        try {
          value(text);
        } catch (error) {
          expect(["ExpressionError", "RangeError"]).toContain((error as Error).name);
          expect((error as Error).message).not.toMatch(/stack|BigInt/);
        }
      }),
    );
  });
});
