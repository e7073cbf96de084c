/** What a step costs. Money is integer micro-dollars. */

export interface Price {
  /** Micro-dollars for a million tokens. */
  inputMicros: number;
  outputMicros: number;
}

/**
 * Micro-dollars for these tokens at this price, rounded up; 0 where the price is unknown. An upper bound
 * where the upstream discounts input it had cached; a lower one where it charges long prompts more.
 */
export function costMicros(
  usage: { inputTokens: number; outputTokens: number },
  price: Price | null,
): number {
  if (price === null) return 0;
  const millionths = usage.inputTokens * price.inputMicros + usage.outputTokens * price.outputMicros;
  return Math.ceil(millionths / 1_000_000);
}
