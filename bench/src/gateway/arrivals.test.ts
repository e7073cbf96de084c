import { expect, test } from "vitest";
import { arrivalsOf } from "./arrivals.ts";

test("arrivals come in order, as many as were asked for on average, and each by itself", () => {
  const arrivals = arrivalsOf(500, 20, 1);
  expect(arrivals.length).toBeGreaterThan(9_700);
  expect(arrivals.length).toBeLessThan(10_300);
  const gaps = arrivals.map((at, index) => at - (arrivals[index - 1] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
  expect(arrivals.at(-1)).toBeLessThan(20_000);
  // Of exponential gaps, a share of 1/e is longer than the mean.
  expect(gaps.filter((gap) => gap > 2).length / gaps.length).toBeCloseTo(1 / Math.E, 1);
});

test("the same seed gives the same moments, another gives others", () => {
  expect(arrivalsOf(500, 1, 7)).toEqual(arrivalsOf(500, 1, 7));
  expect(arrivalsOf(500, 1, 7)).not.toEqual(arrivalsOf(500, 1, 8));
});
