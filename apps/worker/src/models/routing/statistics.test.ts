import { describe, expect, it } from "vitest";
import { ModelHealth } from "@orrery/protocol";
import type { Sample } from "./contract.ts";
import { halfLifeMs } from "./histogram.ts";
import { SharedStatistics } from "./isolate.ts";
import { ModelStatistics, type StatisticsSnapshot } from "./statistics.ts";

const start = Date.UTC(2026, 10, 20);

const sample = (more: Partial<Sample> = {}): Sample => ({
  model: "a/one",
  location: "FRA",
  at: start,
  outcome: "completed",
  firstTokenMs: 100,
  latencyMs: 1000,
  ...more,
});

const within = (value: number | null, of: number): boolean => Math.abs((value ?? 0) / of - 1) < 0.04;

describe("statistics", () => {
  it("know nothing of a model that was never called", () => {
    const health = new ModelStatistics().health("a/one");
    expect(ModelHealth.parse(health)).toEqual(health);
    expect(health).toMatchObject({ calls: 0, errorRate: 0, latencyP50: null, breaker: "closed" });
  });

  it("keep locations apart, and all of them together", () => {
    const statistics = new ModelStatistics();
    for (let call = 0; call < 10; call++) {
      statistics.record(sample());
      statistics.record(sample({ location: "NRT", latencyMs: 9000 }));
    }
    expect(within(statistics.health("a/one", "FRA").latencyP50, 1000)).toBe(true);
    expect(within(statistics.health("a/one", "NRT").latencyP50, 9000)).toBe(true);
    expect(statistics.health("a/one").calls).toBeCloseTo(20);
    expect(within(statistics.health("a/one").latencyP95, 9000)).toBe(true);
  });

  it("count failures, whose duration says nothing, and not what was left", () => {
    const statistics = new ModelStatistics();
    statistics.record(sample());
    statistics.record(sample({ outcome: "failed", latencyMs: 60_000 }));
    statistics.record(sample({ outcome: "cancelled", latencyMs: 60_000 }));
    const health = statistics.health("a/one");
    expect(health).toMatchObject({ calls: 2, errorRate: 0.5 });
    expect(within(health.latencyP95, 1000)).toBe(true);
  });

  it("fade: after each half-life a call counts half", () => {
    const statistics = new ModelStatistics();
    for (let call = 0; call < 8; call++) statistics.record(sample());
    expect(statistics.health("a/one", "FRA", start + halfLifeMs).calls).toBeCloseTo(4);
    expect(statistics.health("a/one", "FRA", start + 3 * halfLifeMs).calls).toBeCloseTo(1);
  });

  it("say what was learned since, as long as they remember", () => {
    const statistics = new ModelStatistics();
    statistics.record(sample());
    const { generation } = statistics;
    statistics.record(sample({ model: "b/two" }));
    statistics.record(sample({ outcome: "cancelled" }));
    expect(statistics.learnedSince(generation)).toEqual(["b/two"]);
    expect(statistics.learnedSince(statistics.generation)).toEqual([]);
    for (let call = 0; call < 20_000; call++) statistics.record(sample());
    expect(statistics.learnedSince(generation)).toBeNull();
  });

  it("remember a bounded number of models, those heard of last", () => {
    const statistics = new ModelStatistics();
    for (let model = 0; model < 5000; model++)
      statistics.record(sample({ model: `a/${model}`, location: "" }));
    expect(statistics.measured()).toHaveLength(4096);
    expect(statistics.health("a/4999").calls).toBeCloseTo(1);
    expect(statistics.health("a/0").calls).toBe(0);
  });
});

describe("breakers", () => {
  it("are kept of a bounded number of models, those called last", () => {
    const statistics = new ModelStatistics();
    const fail = (model: string): void => {
      for (let call = 0; call < 5; call++) statistics.record(sample({ model, outcome: "failed" }));
    };
    for (let model = 0; model < 5000; model++) {
      fail(`a/${model}`);
      if (model % 1000 === 0) fail("a/often");
    }
    expect([...statistics.troubled()]).toHaveLength(4096);
    expect(statistics.health("a/often", "", start).breaker).toBe("open");
    expect(statistics.health("a/4999", "", start).breaker).toBe("open");
    expect(statistics.health("a/0", "", start).breaker).toBe("closed");
  });

  it("hear of a call when it began: one from before the probes closes and opens nothing", () => {
    const statistics = new ModelStatistics();
    for (let call = 0; call < 5; call++) statistics.record(sample({ outcome: "failed" }));
    const probes = statistics.retryAt("a/one", start);
    const ended = (latencyMs: number) => sample({ at: probes + 1000, latencyMs });
    statistics.begin("a/one", probes);
    statistics.begin("a/one", probes);
    for (let call = 0; call < 3; call++) statistics.record(ended(1001));
    expect(statistics.health("a/one").breaker).toBe("half-open");
    for (let call = 0; call < 2; call++) statistics.record(ended(1000));
    expect(statistics.health("a/one").breaker).toBe("closed");
  });
});

describe("what is kept elsewhere", () => {
  const stored = (snapshot: StatisticsSnapshot | null): StatisticsSnapshot =>
    JSON.parse(JSON.stringify(snapshot)) as StatisticsSnapshot;

  it("is what was measured since it was last taken, and adds up to the whole", () => {
    const here = new SharedStatistics();
    const store = new ModelStatistics();
    expect(here.takeUnsaved(start)).toBeNull();
    for (let call = 0; call < 10; call++) here.record(sample({ latencyMs: 500 }));
    store.merge(stored(here.takeUnsaved(start)));
    expect(here.takeUnsaved(start)).toBeNull();
    for (let call = 0; call < 10; call++) here.record(sample({ latencyMs: 4000, outcome: "completed" }));
    store.merge(stored(here.takeUnsaved(start)));
    expect(store.health("a/one", "FRA", start).calls).toBeCloseTo(20, 1);
    expect(within(store.health("a/one", "FRA", start).latencyP95, 4000)).toBe(true);
    expect(here.health("a/one", "FRA", start).calls).toBeCloseTo(20, 1);
  });

  it("tells an isolate that has just begun what others know", () => {
    const store = new ModelStatistics();
    for (let call = 0; call < 50; call++)
      store.record(sample({ outcome: call % 2 ? "completed" : "failed" }));
    const fresh = new SharedStatistics();
    fresh.merge(stored(store.snapshot(start)));
    expect(fresh.health("a/one", "FRA", start)).toMatchObject({ errorRate: 0.5, breaker: "closed" });
    expect(fresh.takeUnsaved(start)).toBeNull();
  });
});
