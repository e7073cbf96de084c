import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Fields, isEqual, mergeStates } from "./merge.ts";

const base: Fields = { status: "active", capabilities: ["read", "write"], metrics: { requestsHandled: 5 } };
const merge = (ours: Fields, theirs: Fields, policies = {}) => mergeStates({ base, ours, theirs }, policies);

describe("a field that one side changed", () => {
  test("is that side's, and the rest stays", () => {
    const ours = { ...base, status: "inactive" };
    const theirs = { ...base, capabilities: ["read"] };
    expect(merge(ours, theirs)).toEqual({ ...base, status: "inactive", capabilities: ["read"] });
  });

  test("that a peer left out is as it was", () => {
    expect(merge({ ...base, status: "inactive" }, { metrics: { requestsHandled: 6 } })).toEqual({
      ...base,
      status: "inactive",
      metrics: { requestsHandled: 6 },
    });
  });
});

describe("a field that both changed goes by its policy", () => {
  const ours = { ...base, capabilities: ["read", "plan"], metrics: { requestsHandled: 8 } };
  const theirs = { ...base, capabilities: ["read", "write", "draw"], metrics: { requestsHandled: 7 } };

  test("object-wins, where nothing is said: ours", () => {
    expect(merge(ours, theirs)).toEqual(ours);
  });

  test("redis-wins: theirs", () => {
    expect(merge(ours, theirs, { capabilities: "redis-wins" })).toEqual({
      ...ours,
      capabilities: theirs.capabilities,
    });
  });

  test("merge: of lists what either added and neither removed, of numbers the greater", () => {
    expect(merge(ours, theirs, { "*": "merge" })).toEqual({
      ...base,
      capabilities: ["read", "plan", "draw"],
      metrics: { requestsHandled: 8 },
    });
  });
});

test("where both never had the same, what both have is joined and nothing is lost", () => {
  const ours = {
    status: "active",
    capabilities: ["plan"],
    metrics: { requestsHandled: 0, lastActive: null },
  };
  const theirs = { status: "inactive", metrics: { requestsHandled: 500, lastActive: null } };
  expect(mergeStates({ base: null, ours, theirs }, { "*": "object-wins" })).toEqual({
    status: "active",
    capabilities: ["plan"],
    metrics: { requestsHandled: 500, lastActive: null },
  });
});

const fields = fc.record({
  status: fc.constantFrom("active", "inactive"),
  capabilities: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d")),
  metrics: fc.record({ requestsHandled: fc.nat(9) }),
});
const policies = fc.record({
  status: fc.constantFrom("object-wins", "redis-wins", "merge"),
  capabilities: fc.constantFrom("object-wins", "redis-wins", "merge"),
  metrics: fc.constantFrom("object-wins", "redis-wins", "merge"),
} as const);

test("done again after one side has taken the outcome, it comes to the same", () => {
  fc.assert(
    fc.property(fields, fields, fields, policies, (was, ours, theirs, byPolicy) => {
      const merged = mergeStates({ base: was, ours, theirs }, byPolicy);
      expect(mergeStates({ base: was, ours: merged, theirs: merged }, byPolicy)).toEqual(merged);
      expect(mergeStates({ base: merged, ours: merged, theirs: merged }, byPolicy)).toEqual(merged);
      const again = mergeStates({ base: was, ours: merged, theirs }, byPolicy);
      expect({ ...again, capabilities: [...(again["capabilities"] as string[])].toSorted() }).toEqual({
        ...merged,
        capabilities: [...(merged["capabilities"] as string[])].toSorted(),
      });
    }),
  );
});

test("values are equal whatever the order of their fields", () => {
  expect(isEqual({ a: 1, b: [{ c: null, d: 2 }] }, { b: [{ d: 2, c: null }], a: 1 })).toBe(true);
  expect(isEqual({ a: 1 }, { a: 1, b: 1 })).toBe(false);
  expect(isEqual([1, 2], [2, 1])).toBe(false);
});
