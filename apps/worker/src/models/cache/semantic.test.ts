import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cosine, toBlob } from "./semantic.ts";

const component = fc.double({ min: -1e3, max: 1e3, noNaN: true, noDefaultInfinity: true });
const vector = fc.array(component, { minLength: 3, maxLength: 3 }).filter((v) => Math.hypot(...v) > 1e-3);

const blobOf = (vector: number[]): ArrayBuffer => toBlob(vector) ?? new ArrayBuffer(0);

test("the product of two blobs is the cosine of their vectors", () => {
  fc.assert(
    fc.property(vector, vector, (one, other) => {
      const dot = one.reduce((sum, value, index) => sum + value * other[index]!, 0);
      const expected = dot / (Math.hypot(...one) * Math.hypot(...other));
      expect(cosine(blobOf(one), blobOf(other))).toBeCloseTo(expected, 5);
    }),
  );
});

test("vectors without a direction are none, and those of different lengths are unlike", () => {
  expect([toBlob([0, 0]), toBlob([Number.NaN, 1]), toBlob([])]).toEqual([null, null, null]);
  expect(cosine(blobOf([1, 0]), blobOf([1, 0, 0]))).toBe(-1);
});
