import type { UsageFilter, UsageReports } from "@orrery/client";
import type { UsageReport } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { UsageView } from "./usage-view.svelte.ts";

const total = {
  calls: 1,
  failed: 0,
  cached: 0,
  inputTokens: 1,
  outputTokens: 1,
  images: 0,
  costMicros: 10,
  directMicros: 0,
  milliNeurons: 0,
};

const reportOf = ({ by = "day", from = "", to = "" }: UsageFilter): UsageReport => ({
  by,
  from,
  to,
  items: [],
  nextCursor: null,
  total,
  neurons: { usedMilli: 0, freeMilli: 10_000_000 },
});

describe("what usage shows", () => {
  test("is read by day, agent and model at once", async () => {
    const view = new UsageView({ report: (filter = {}) => Promise.resolve(reportOf(filter)) });
    await view.load({ from: "2026-11-01", to: "2026-11-20" });
    expect([view.byDay?.by, view.byAgent?.by, view.byModel?.by]).toEqual(["day", "agent", "model"]);
    expect(view.byDay?.from).toBe("2026-11-01");
    expect([view.loading, view.error]).toEqual([false, undefined]);
  });

  test("is of the range that was chosen last, however late an earlier answer comes", async () => {
    const slow = Promise.withResolvers<void>();
    const report: UsageReports["report"] = async (filter = {}) => {
      if (filter.from === "2026-01-01") await slow.promise;
      return reportOf(filter);
    };
    const view = new UsageView({ report });
    const first = view.load({ from: "2026-01-01", to: "2026-11-20" });
    await view.load({ from: "2026-11-01", to: "2026-11-20" });
    slow.resolve();
    await first;
    expect(view.byDay?.from).toBe("2026-11-01");
  });

  test("stays where a later reading fails, beside why", async () => {
    let broken = false;
    const view = new UsageView({
      report: (filter = {}) => (broken ? Promise.reject(new Error("no")) : Promise.resolve(reportOf(filter))),
    });
    await view.load({ from: "2026-11-01", to: "2026-11-20" });
    broken = true;
    await view.load({ from: "2026-10-01", to: "2026-10-20" });
    expect(view.byDay?.from).toBe("2026-11-01");
    expect(view.error).toMatchObject({ message: "no" });
    expect(view.loading).toBe(false);
  });
});
