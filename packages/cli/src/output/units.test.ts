import { expect, test } from "vitest";
import { ago, counted, dollars, duration, parseDuration } from "./units.ts";

test("spans are said as a person would", () => {
  expect([40, 1_234, 61_000, 3_600_000 * 26].map(duration)).toEqual([
    "40 ms",
    "1.2 s",
    "1 min 1 s",
    "26 h 0 min",
  ]);
});

test("moments are said by how long ago they were", () => {
  const now = Date.parse("2026-11-20T12:00:00.000Z");
  const at = (seconds: number) => ago(new Date(now - seconds * 1_000).toISOString(), now);
  expect([0, 30, 90, 7_200, 3 * 86_400].map(at)).toEqual([
    "just now",
    "30 s ago",
    "1 min ago",
    "2 h ago",
    "3 days ago",
  ]);
});

test("money is shown with as many places as it takes to see it", () => {
  expect([0, 15, 12_345, 100_000, 999_900, 1_500_000].map(dollars)).toEqual([
    "$0.00",
    "$0.000015",
    "$0.0123",
    "$0.10",
    "$1.00",
    "$1.50",
  ]);
});

test("times are read with their unit", () => {
  expect(["90", "90s", "15m", "12h", "30d", "soon", "-1d", ""].map(parseDuration)).toEqual([
    90,
    90,
    900,
    43_200,
    2_592_000,
    undefined,
    undefined,
    undefined,
  ]);
});

test("things are counted in words", () => {
  expect([1, 2].map((count) => counted(count, "turn"))).toEqual(["1 turn", "2 turns"]);
});
