import { describe, expect, test } from "vitest";
import { addSample, historyLength, noHistory, type RateHistory, type RateSample } from "./rate-history.ts";

const after = (...samples: RateSample[]): RateHistory =>
  samples.reduce((history, sample) => addSample(history, sample), noHistory);

describe("live rates", () => {
  test("are what was counted between two looks, a second", () => {
    const { points } = after(
      { at: 1_000, received: 10, sent: 4 },
      { at: 3_000, received: 30, sent: 5 },
      { at: 4_000, received: 30, sent: 8 },
    );
    expect(points).toEqual([
      { at: 3_000, received: 10, sent: 0.5 },
      { at: 4_000, received: 0, sent: 3 },
    ]);
  });

  test("need two looks, and take none twice", () => {
    expect(after({ at: 1_000, received: 5, sent: 5 }).points).toEqual([]);
    expect(after({ at: 1_000, received: 5, sent: 5 }, { at: 1_000, received: 9, sent: 9 }).points).toEqual(
      [],
    );
  });

  test("begin anew where counts went down or nobody looked for a while", () => {
    const begun = [
      { at: 1_000, received: 10, sent: 0 },
      { at: 2_000, received: 20, sent: 0 },
    ];
    expect(after(...begun, { at: 3_000, received: 0, sent: 0 }).points).toEqual([]);
    expect(after(...begun, { at: 60_000, received: 900, sent: 0 }).points).toEqual([]);
    expect(after(...begun, { at: 3_000, received: 20, sent: 2 }).points).toHaveLength(2);
  });

  test("are kept for two minutes", () => {
    const samples = Array.from({ length: 200 }, (_, second) => ({
      at: second * 2_000,
      received: second,
      sent: 0,
    }));
    const { points } = after(...samples);
    expect(points).toHaveLength(historyLength);
    expect(points.at(-1)).toEqual({ at: 398_000, received: 0.5, sent: 0 });
  });
});
