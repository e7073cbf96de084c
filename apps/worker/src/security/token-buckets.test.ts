import { expect, test } from "vitest";
import { TokenBuckets } from "./token-buckets.ts";

test("a burst is granted, then the rate", () => {
  const buckets = new TokenBuckets({ capacity: 2, perMinute: 60 });
  expect([buckets.take("a", 0), buckets.take("a", 0)]).toEqual([0, 0]);
  expect(buckets.take("a", 0)).toBe(1_000);
  expect(buckets.take("a", 999)).toBe(1);
  expect(buckets.take("a", 1_000)).toBe(0);
  expect(buckets.take("a", 1_000)).toBe(1_000);
});

test("rest gives no more than the burst", () => {
  const buckets = new TokenBuckets({ capacity: 2, perMinute: 60 });
  buckets.take("a", 0);
  const granted = [1, 2, 3].map(() => buckets.take("a", 3_600_000));
  expect(granted).toEqual([0, 0, 1_000]);
});

test("keys do not share, and looking takes nothing", () => {
  const buckets = new TokenBuckets({ capacity: 1, perMinute: 60 });
  expect([buckets.wait("a", 0), buckets.wait("a", 0), buckets.take("a", 0)]).toEqual([0, 0, 0]);
  expect([buckets.wait("a", 0), buckets.take("b", 0)]).toEqual([1_000, 0]);
});

test("a clock that goes back grants nothing", () => {
  const buckets = new TokenBuckets({ capacity: 1, perMinute: 60 });
  buckets.take("a", 10_000);
  expect(buckets.take("a", 5_000)).toBe(1_000);
});

test("memory is bounded; the one used longest ago is forgotten", () => {
  const buckets = new TokenBuckets({ capacity: 1, perMinute: 1, maxKeys: 2 });
  for (const key of ["a", "b", "a", "c"]) buckets.take(key, 0);
  expect(buckets.size).toBe(2);
  expect([buckets.wait("a", 0) > 0, buckets.wait("b", 0), buckets.wait("c", 0) > 0]).toEqual([true, 0, true]);
});
