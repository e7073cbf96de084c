import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { charge, costMicros, milliNeurons, worstCaseMicros } from "./cost.ts";

describe("costMicros", () => {
  it("counts whole micro-dollars and never too few", () => {
    const price = { inputMicros: 2_000_000, outputMicros: 10_000_000 };
    expect(costMicros({ inputTokens: 1200, outputTokens: 345 }, price)).toBe(2400 + 3450);
    expect(costMicros({ inputTokens: 1, outputTokens: 0 }, { inputMicros: 50_000, outputMicros: 0 })).toBe(1);
    expect(costMicros({ inputTokens: 0, outputTokens: 0 }, price)).toBe(0);
    expect(costMicros({ inputTokens: 9, outputTokens: 9 }, null)).toBe(0);
  });

  it("adds images at their own price", () => {
    const price = { inputMicros: 5_000_000, outputMicros: 0, imageMicros: 34_000 };
    expect(costMicros({ inputTokens: 100, outputTokens: 0, images: 2 }, price)).toBe(500 + 68_000);
  });

  it("is exact, whatever the numbers", () => {
    const tokens = fc.integer({ min: 0, max: 100_000_000 });
    const rate = fc.integer({ min: 0, max: 1_000_000_000 });
    fc.assert(
      fc.property(tokens, tokens, rate, rate, (inputTokens, outputTokens, inputMicros, outputMicros) => {
        const exact = BigInt(inputTokens) * BigInt(inputMicros) + BigInt(outputTokens) * BigInt(outputMicros);
        const cost = costMicros({ inputTokens, outputTokens }, { inputMicros, outputMicros });
        expect(BigInt(cost)).toBe((exact + 999_999n) / 1_000_000n);
      }),
    );
  });
});

describe("neurons", () => {
  const price = {
    inputMicros: 67_000,
    outputMicros: 0,
    neurons: { inputMilli: 6_058_000, outputMilli: 0, imageMilli: 57_600 },
  };

  it("are counted in thousandths, beside the money", () => {
    expect(milliNeurons({ inputTokens: 1000, outputTokens: 0 }, price)).toBe(6058);
    expect(charge(price, { inputTokens: 0, outputTokens: 0, images: 3 })).toEqual({
      costMicros: 0,
      milliNeurons: 172_800,
    });
  });

  it("are none where a provider does not count in them", () => {
    expect(milliNeurons({ inputTokens: 1000, outputTokens: 0 }, null)).toBe(0);
  });
});

describe("worstCaseMicros", () => {
  const price = { inputMicros: 1_000_000, outputMicros: 5_000_000 };

  it("takes all that may be written", () => {
    expect(worstCaseMicros(price, { inputTokens: 100, maxTokens: 1000 })).toBe(100 + 5000);
  });

  it("is unknown where a price is", () => {
    expect(worstCaseMicros(null, { inputTokens: 1, maxTokens: 1 })).toBeNull();
    expect(worstCaseMicros(price, { inputTokens: 1, maxTokens: 0, images: 1 })).toBeNull();
  });
});
