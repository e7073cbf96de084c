import { describe, expect, test } from "vitest";
import { deliveriesBorne, poisonReason, retryDelay } from "./retries.ts";
import { Lanes } from "./lanes.ts";
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

describe("a lane", () => {
  test("is tried one at a time while nothing of it is taken, at most five seconds apart, whoever comes", () => {
    const lanes = new Lanes();
    let now = 0;
    lanes.open("a", now);
    const waits: number[] = [];
    for (let time = 0; time < 8; time += 1) {
      waits.push(lanes.nextDue - now);
      now = lanes.nextDue;
      expect(lanes.due(now)).toEqual([{ name: "a", size: 1 }]);
      lanes.open("a", now);
      lanes.stays("a", now);
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  });

  test("is emptied ever faster once it moves, and begins anew when it is shut", () => {
    const lanes = new Lanes();
    lanes.open("a", 0);
    const sizes = Array.from({ length: 10 }, () => {
      lanes.moves("a", 0);
      return lanes.due(0)[0]?.size;
    });
    expect(sizes).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 256, 256]);
    lanes.stays("a", 0);
    expect(lanes.due(250)).toEqual([{ name: "a", size: 1 }]);
    lanes.close("a");
    expect(lanes.nextDue).toBe(Infinity);
  });
});

test("a group's state is read from what Redis says of all groups", () => {
  const row = (name: string, lag: unknown) => ["name", name, "consumers", 1, "pending", 3, "lag", lag];
  expect(groupStatus([row("other", 1), row("ours", 7)], "ours")).toEqual({ lag: 7, pending: 3 });
  expect(groupStatus([row("ours", null)], "ours")).toEqual({ lag: null, pending: 3 });
  expect(groupStatus(null, "ours")).toEqual({ lag: null, pending: null });
});
