/** What calls cost. Money is integer micro-dollars, neurons are integer thousandths: neither is ever a float. */
import type { ModelPrice } from "@orrery/protocol";

/** How many tokens something will be, before anyone has counted them. */
export { estimateTokens } from "./tokens.ts";

/** What a call took. */
export interface Consumption {
  inputTokens: number;
  outputTokens: number;
  images?: number;
}

const million = 1_000_000;

/** `tokens` at rates for a million, rounded up once; exact far beyond any call, as no product leaves 53 bits. */
function atRates(rates: readonly (readonly [tokens: number, rate: number])[]): number {
  let whole = 0;
  let rest = 0;
  for (const [tokens, rate] of rates) {
    whole += Math.floor(tokens / million) * rate;
    rest += (tokens % million) * rate;
  }
  return whole + Math.ceil(rest / million);
}

/**
 * Micro-dollars for this at this price, rounded up; 0 where the price is unknown. An upper bound where the
 * upstream discounts input it had cached; a lower one where it charges long prompts more.
 */
export function costMicros(usage: Consumption, price: ModelPrice | null): number {
  if (price === null) return 0;
  const tokens = atRates([
    [usage.inputTokens, price.inputMicros],
    [usage.outputTokens, price.outputMicros],
  ]);
  return tokens + (usage.images ?? 0) * (price.imageMicros ?? 0);
}

/** Thousandths of a neuron for this, rounded up; 0 where the provider does not count in neurons. */
export function milliNeurons(usage: Consumption, price: ModelPrice | null): number {
  const neurons = price?.neurons;
  if (neurons === undefined) return 0;
  const tokens = atRates([
    [usage.inputTokens, neurons.inputMilli],
    [usage.outputTokens, neurons.outputMilli],
  ]);
  return tokens + (usage.images ?? 0) * (neurons.imageMilli ?? 0);
}

/** What is booked for a call. */
export const charge = (
  price: ModelPrice | null,
  usage: Consumption,
): { costMicros: number; milliNeurons: number } => ({
  costMicros: costMicros(usage, price),
  milliNeurons: milliNeurons(usage, price),
});

/** The most that a call may take. `maxTokens` is what it may write. */
export interface Expectation {
  inputTokens: number;
  maxTokens: number;
  images?: number;
}

/** Micro-dollars that a call can cost at most; null where the price is unknown. */
export function worstCaseMicros(price: ModelPrice | null, expected: Expectation): number | null {
  if (price === null) return null;
  if ((expected.images ?? 0) > 0 && price.imageMicros === undefined) return null;
  return costMicros({ ...expected, outputTokens: expected.maxTokens }, price);
}
