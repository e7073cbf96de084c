/** What a turn used. */
import { usageOfCalls } from "@orrery/protocol";
import type { ModelCall } from "@orrery/protocol";
import type { ModelUsage } from "../models/index.ts";
import type { Aside, Item } from "./transcript.ts";

/** What was recorded of a turn, while it runs or after. */
export interface Recorded {
  items: readonly Item[];
  asides?: readonly Aside[];
}

/** Every call to a provider that the turn made, in order. */
export const callsOf = ({ asides = [] }: Recorded): ModelCall[] =>
  asides.filter((aside) => aside.k === "model-call").map((aside) => aside.call);

/** The sum of its calls; of its steps' ends, for turns of before calls were recorded. */
export function usageOf(recorded: Recorded): ModelUsage {
  if (recorded.asides) return usageOfCalls(callsOf(recorded));
  const total = { inputTokens: 0, outputTokens: 0, costMicros: 0, cached: false };
  for (const item of recorded.items) {
    if (item.k !== "end") continue;
    total.inputTokens += item.end.usage.inputTokens;
    total.outputTokens += item.end.usage.outputTokens;
    total.costMicros += item.end.usage.costMicros;
    total.cached ||= item.end.usage.cached;
  }
  return total;
}
