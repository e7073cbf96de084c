import { describe, expect, test } from "vitest";
import type { Measured } from "./measures/contract.ts";
import { makeReport, renderReport } from "./report.ts";
import { median, quantile } from "./statistics.ts";

const measured = (metric: Measured["metric"], own: number, peer: number): Measured[] => [
  { metric, server: "orrery", value: own },
  { metric, server: "ai-chat-agent", value: peer },
];

describe("the report", () => {
  test.each([
    ["overhead-p50", 5, 20, true],
    ["overhead-p50", 5.1, 20, false],
    ["turns-per-second", 150, 30, true],
    ["turns-per-second", 149, 30, false],
    ["growth", 1.1, 9, true],
    ["growth", 1.2, 9, false],
    ["worker-gzip", 3_072, 1, true],
  ] as const)("holds %s of %d against %d: %j", (metric, own, peer, met) => {
    expect(makeReport(measured(metric, own, peer))[0]?.met).toBe(met);
  });

  test("gives no verdict where the peer was not measured, or there is no target", () => {
    expect(makeReport([{ metric: "overhead-p50", server: "orrery", value: 5 }])[0]?.met).toBeNull();
    expect(makeReport(measured("cold-start", 1, 2))[0]).toMatchObject({ met: null, ratio: 0.5 });
  });

  test("gives no verdict on ours where only peers ran", () => {
    expect(makeReport([{ metric: "growth", server: "bare", value: 2 }])[0]?.met).toBeNull();
  });

  test("is a table with a column for each server", () => {
    const table = renderReport(makeReport(measured("overhead-p50", 5, 20)), ["orrery", "ai-chat-agent"]);
    const [head, row] = table.split("\n");
    expect(head?.split(/\s{2,}/)).toEqual(["", "orrery", "ai-chat-agent", "ratio", "target"]);
    expect(row?.split(/\s{2,}/)).toEqual([
      "overhead a turn, p50, ms",
      "5.00",
      "20.0",
      "0.250×",
      "≤ 0.25×",
      "ok",
    ]);
  });
});

describe("statistics", () => {
  test("interpolates between neighbours", () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4, 5], 0.95)).toBeCloseTo(4.8);
    expect(median([7])).toBe(7);
  });

  test("says that there is nothing to say of no samples", () => {
    expect(median([])).toBeNaN();
  });
});
