import type { UsageLine } from "@orrery/protocol";
import { render } from "svelte/server";
import { describe, expect, test } from "vitest";
import DayChart from "./day-chart.svelte";
import { tellingMeasure } from "./measure.ts";

const day = (key: string, costMicros: number, calls: number): UsageLine => ({
  key,
  calls,
  failed: 0,
  cached: 0,
  inputTokens: 0,
  outputTokens: 0,
  images: 0,
  costMicros,
  directMicros: 0,
  milliNeurons: 0,
});

/** What stands beside the axis, from its end down to zero. */
function marksOf(days: UsageLine[], measure: "cost" | "calls"): string[] {
  const { body } = render(DayChart, { props: { days, measure } });
  const marks = body.matchAll(/<span class="flex h-0[^"]*">([^<]*)<\/span>/g);
  return Array.from(marks, ([, mark = ""]) => mark).toReversed();
}

const free = [day("2026-11-19", 0, 3), day("2026-11-20", 0, 18)];
const dear = [day("2026-11-19", 1_200_000, 3), day("2026-11-20", 3_900_000, 18)];

describe("the chart of days", () => {
  test("counts calls where nothing had a price, and dollars where something had", () => {
    const total = day("total", 0, 21);
    expect(tellingMeasure({ total })).toBe("calls");
    expect(tellingMeasure({ total: { ...total, costMicros: 1 } })).toBe("cost");
  });

  test("marks whole calls and round sums", () => {
    expect(marksOf(free, "calls")).toEqual(["20", "15", "10", "5", "0"]);
    expect(marksOf(dear, "cost")).toEqual(["$4", "$3", "$2", "$1", "$0"]);
  });

  test("of costs that nobody had says so, and marks no millionths of a dollar", () => {
    expect(marksOf(free, "cost")).toEqual(["$1.00", "$0.50", "$0"]);
    const { body } = render(DayChart, { props: { days: free, measure: "cost" } });
    expect(body).toContain("No paid calls in this period");
  });
});
