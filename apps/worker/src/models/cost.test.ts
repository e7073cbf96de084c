import { expect, it } from "vitest";
import { costMicros } from "./cost.ts";

it("counts whole micro-dollars and never too few", () => {
  const price = { inputMicros: 2_000_000, outputMicros: 10_000_000 };
  expect(costMicros({ inputTokens: 1200, outputTokens: 345 }, price)).toBe(2400 + 3450);
  expect(costMicros({ inputTokens: 1, outputTokens: 0 }, { inputMicros: 50_000, outputMicros: 0 })).toBe(1);
  expect(costMicros({ inputTokens: 0, outputTokens: 0 }, price)).toBe(0);
  expect(costMicros({ inputTokens: 9, outputTokens: 9 }, null)).toBe(0);
});
