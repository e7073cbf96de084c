import { describe, expect, test } from "vitest";
import { deliveriesBorne, poisonReason, retryDelay } from "./retries.ts";
import { SequenceGaps } from "./sequence-gaps.ts";
import { groupStatus } from "./stream-group.ts";

describe("a message that is not taken over", () => {
  test("comes again, later each time, up to a quarter of a minute", () => {
    expect([1, 2, 3, 7, 50].map(retryDelay)).toEqual([250, 500, 1_000, 15_000, 15_000]);
  });

  test("is poison after a while, sooner where it fails than where it is put off", () => {
    expect(poisonReason("failed", "why", 15)).toBeNull();
    expect(poisonReason("failed", "why", 16)).toBe("delivered 16 times and never taken over: why");
    expect(poisonReason("later", "why", deliveriesBorne - 1)).toBeNull();
    expect(poisonReason("later", "why", deliveriesBorne)).toContain("never taken over: why");
  });
});

describe("messages that never came", () => {
  const of = (source: string, sequence: unknown) => ({ header: { source, sequence } });

  test("are counted for each source of each channel", () => {
    const gaps = new SequenceGaps();
    expect(gaps.before("a", of("one", 5))).toBe(0);
    expect(gaps.before("a", of("two", 9))).toBe(0);
    expect(gaps.before("b", of("one", 9))).toBe(0);
    expect(gaps.before("a", of("one", 8))).toBe(2);
    expect(gaps.before("a", { sequence: 1, source: "three" })).toBe(0);
    expect(gaps.before("a", { sequence: 3, source: "three" })).toBe(1);
  });

  test("are none where a peer began anew, or counts by no number", () => {
    const gaps = new SequenceGaps();
    for (const sequence of [7, 3, 4, "9", null, 1e300]) {
      expect(gaps.before("a", of("one", sequence))).toBe(0);
    }
  });
});

test("a group's state is read from what Redis says of all groups", () => {
  const row = (name: string, lag: unknown) => ["name", name, "consumers", 1, "pending", 3, "lag", lag];
  expect(groupStatus([row("other", 1), row("ours", 7)], "ours")).toEqual({ lag: 7, pending: 3 });
  expect(groupStatus([row("ours", null)], "ours")).toEqual({ lag: null, pending: 3 });
  expect(groupStatus(null, "ours")).toEqual({ lag: null, pending: null });
});
