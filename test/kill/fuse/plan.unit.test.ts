import { describe, expect, it } from "vitest";
import { randomOf } from "../random.ts";
import { planOf } from "./plan.ts";

const plans = (seed: number, count: number) => {
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, index) => planOf(index, 4, random));
};

describe("the plan of a trial", () => {
  it("is the same for the same seed", () => {
    expect(plans(7, 5)).toEqual(plans(7, 5));
    expect(plans(7, 5)).not.toEqual(plans(8, 5));
  });

  it("comes to five thousand tasks in two hundred trials, of every kind", () => {
    const all = plans(1, 200);
    const tasks = all.flatMap(({ streams }) => streams);
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(5_000);
    expect(new Set(tasks.map(({ form }) => form))).toEqual(new Set(["2.0.0", "bare"]));
    expect(tasks.some(({ agent }) => agent === null)).toBe(true);
    expect(tasks.some(({ twice }) => twice)).toBe(true);
  });

  it("has every fault, up to ten seconds of it", () => {
    const faults = plans(1, 200).flatMap((plan) => plan.faults.map(({ fault }) => fault));
    expect(new Set(faults.map(({ kind }) => kind)).size).toBe(5);
    const pauses = faults.flatMap((fault) => ("forMs" in fault ? [fault.forMs] : []));
    expect(Math.max(...pauses)).toBeGreaterThan(5_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(10_050);
  });
});
