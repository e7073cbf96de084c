import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isSame, similarityOf } from "./similarity.ts";

test("texts with the same words are alike, whatever stands between them; those with none in common are not", () => {
  expect(similarityOf("The ferry leaves at nine.", "the FERRY — leaves at nine")).toBe(1);
  expect(similarityOf("The ferry leaves", "Nobody knows")).toBe(0);
  expect(similarityOf("one two three four", "one two five six")).toBe(0.5);
  expect(similarityOf("", "")).toBe(1);
  expect(similarityOf("", "something")).toBe(0);
});

test("a word counts as often as it stands there", () => {
  expect(similarityOf("no no no no", "no")).toBeCloseTo(0.4);
});

test("it lies between 0 and 1, is the same both ways, and 1 for a text and itself", () => {
  fc.assert(
    fc.property(fc.lorem({ maxCount: 30 }), fc.lorem({ maxCount: 30 }), (one, other) => {
      const similarity = similarityOf(one, other);
      expect(similarity).toBeGreaterThanOrEqual(0);
      expect(similarity).toBeLessThanOrEqual(1);
      expect(similarityOf(other, one)).toBe(similarity);
      expect(similarityOf(one, one)).toBe(1);
    }),
  );
});

test("two answers are the same where they differ in spaces alone", () => {
  expect(isSame(" a\n b ", "a b")).toBe(true);
  expect(isSame("a b", "a B")).toBe(false);
});
