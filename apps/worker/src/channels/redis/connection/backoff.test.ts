import { expect, test } from "vitest";
import { reconnectDelay } from "./backoff.ts";

test("attempts come further apart, up to three seconds, and never all at once", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 100].map((attempt) => reconnectDelay(attempt, 1))).toEqual([
    100, 200, 400, 800, 1_600, 3_000, 3_000, 3_000,
  ]);
  expect([1, 6].map((attempt) => reconnectDelay(attempt, 0))).toEqual([50, 1_500]);
});
