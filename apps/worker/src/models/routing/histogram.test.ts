import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecayingHistogram, halfLifeMs } from "./histogram.ts";

const start = Date.UTC(2026, 10, 20);
const duration = fc.double({ min: 1, max: 600_000, noNaN: true });

/** The smallest value at or below which `part` of the weight lies. */
function exactQuantile(samples: readonly { value: number; weight: number }[], part: number): number {
  const sorted = [...samples].sort((one, other) => one.value - other.value);
  const wanted = part * sorted.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  for (const { value, weight } of sorted) {
    below += weight;
    // The same sums in another order differ in their last bits.
    if (below >= wanted * (1 - 1e-9)) return value;
  }
  return sorted.at(-1)?.value ?? Number.NaN;
}

describe("percentiles", () => {
  it("are within 4 % of the exact ones", () => {
    fc.assert(
      fc.property(
        fc.array(duration, { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.5, 0.9, 0.95, 0.99),
        (values, part) => {
          const histogram = new DecayingHistogram();
          for (const value of values) histogram.record(value, start);
          const exact = exactQuantile(
            values.map((value) => ({ value, weight: 1 })),
            part,
          );
          expect(Math.abs((histogram.quantile(part) ?? 0) / exact - 1)).toBeLessThan(0.04);
        },
      ),
    );
  });

  it("weigh a sample by half for each half-life that it is older", () => {
    const samples = fc.array(fc.record({ value: duration, age: fc.integer({ min: 0, max: 10 }) }), {
      minLength: 1,
      maxLength: 100,
    });
    fc.assert(
      fc.property(samples, fc.constantFrom(0.5, 0.95), (aged, part) => {
        const histogram = new DecayingHistogram();
        for (const { value, age } of aged) histogram.record(value, start - age * halfLifeMs);
        const weighed = aged.map(({ value, age }) => ({ value, weight: 2 ** -age }));
        const found = histogram.quantile(part) ?? 0;
        // Where the weight is exactly on the edge between two samples, either is right.
        const near = [part - 1e-6, part + 1e-6].map((each) => exactQuantile(weighed, each));
        expect(near.some((exact) => Math.abs(found / exact - 1) < 0.04)).toBe(true);
        const count = weighed.reduce((sum, { weight }) => sum + weight, 0);
        expect(histogram.count(start)).toBeCloseTo(count, 6);
      }),
    );
  });

  it("are none before the first sample", () => {
    expect(new DecayingHistogram().quantile(0.5)).toBeNull();
    expect(new DecayingHistogram().count(start)).toBe(0);
  });

  it("stay right over years", () => {
    const histogram = new DecayingHistogram();
    const day = 24 * 3_600_000;
    for (let days = 0; days < 1000; days++) histogram.record(days < 999 ? 10 : 1000, start + days * day);
    expect(Math.abs((histogram.quantile(0.5) ?? 0) / 1000 - 1)).toBeLessThan(0.04);
    expect(histogram.count(start + 999 * day)).toBeCloseTo(1, 3);
  });
});

describe("a snapshot", () => {
  it("merged elsewhere gives what one histogram of all would give", () => {
    const values = fc.array(fc.record({ value: duration, at: fc.integer({ min: 0, max: 3_600_000 }) }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(values, values, (here, there) => {
        const now = start + 3_600_000;
        const one = new DecayingHistogram();
        const other = new DecayingHistogram();
        const all = new DecayingHistogram();
        for (const { value, at } of here) {
          one.record(value, start + at);
          all.record(value, start + at);
        }
        for (const { value, at } of there) {
          other.record(value, start + at);
          all.record(value, start + at);
        }
        one.merge(JSON.parse(JSON.stringify(other.snapshot(now))) as ReturnType<typeof other.snapshot>);
        expect(one.count(now)).toBeCloseTo(all.count(now), 0);
        expect(one.quantile(1)).toBe(all.quantile(1));
      }),
    );
  });

  it("from elsewhere that is damaged adds nothing false", () => {
    const histogram = new DecayingHistogram();
    histogram.merge({
      at: start,
      weights: [
        [-1, 5],
        [9999, 5],
        [3, -5],
        [1.5, 5],
      ],
    });
    expect(histogram.quantile(0.5)).toBeNull();
  });
});
