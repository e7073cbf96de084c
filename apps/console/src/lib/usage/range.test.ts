import { describe, expect, test } from "vitest";
import { daysBetween, longDay, plusDays, shortDay } from "./days.ts";
import { lastDays, rangeProblem } from "./range.ts";

const now = Date.parse("2026-11-20T23:30:00Z");

describe("days", () => {
  test("are UTC days, whatever the time", () => {
    expect(lastDays(7, now)).toEqual({ from: "2026-11-14", to: "2026-11-20" });
    expect(lastDays(1, now)).toEqual({ from: "2026-11-20", to: "2026-11-20" });
  });

  test("are counted over months, leap days and changes of summer time", () => {
    expect(plusDays("2028-02-28", 1)).toBe("2028-02-29");
    expect(daysBetween("2026-10-01", "2026-11-30")).toBe(61);
    expect(daysBetween("2026-03-28", "2026-03-30")).toBe(3);
  });

  test("read as people write them", () => {
    expect([shortDay("2026-11-03"), longDay("2026-11-03")]).toEqual(["Nov 3", "Tuesday, November 3, 2026"]);
  });
});

describe("a range that was typed", () => {
  test.each([
    ["2026-11-01", "2026-11-20", undefined],
    ["2026-11-20", "2026-11-20", undefined],
    ["2026-11-20", "2026-11-01", "The first day is after the last."],
    ["", "2026-11-20", "Choose both days."],
    ["2025-11-20", "2026-11-20", undefined],
    ["2025-11-19", "2026-11-20", "At most 366 days at a time."],
    ["2026-12-01", "2026-12-02", "That is in the future."],
  ])("from %j to %j: %s", (from, to, problem) => {
    expect(rangeProblem({ from, to }, now)).toBe(problem);
  });
});
