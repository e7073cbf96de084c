/** Calls and callers as accounts see them. */
import { type ModelCall, timestamp } from "@orrery/protocol";

/** A call to a provider with what every test needs. */
export const callOf = (
  id: string,
  costMicros: number,
  startedAt: number,
  more: Partial<ModelCall> = {},
): ModelCall => ({
  id,
  model: "openai/gpt-5",
  provider: "openai",
  kind: "text",
  outcome: "completed",
  inputTokens: 10,
  outputTokens: 5,
  costMicros,
  startedAt: timestamp(startedAt),
  latencyMs: 1,
  ...more,
});
