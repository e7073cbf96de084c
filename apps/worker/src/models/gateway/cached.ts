/** Answers given again: events as they were, and a record that says that they cost nothing. */
import { timestamp, usageOfCalls } from "@orrery/protocol";
import type { ModelCall } from "@orrery/protocol";
import type { CachedAnswer } from "../cache/contract.ts";
import type { ModelEvent } from "../contract.ts";

/** `startedAt` in epoch milliseconds. */
export function cachedCall(
  answer: CachedAnswer,
  call: { id: string; provider: string; startedAt: number; latencyMs: number },
): ModelCall {
  return {
    id: call.id,
    model: answer.model,
    provider: call.provider,
    kind: "text",
    outcome: "cached",
    inputTokens: answer.usage.inputTokens,
    outputTokens: answer.usage.outputTokens,
    costMicros: 0,
    startedAt: timestamp(call.startedAt),
    latencyMs: call.latencyMs,
    firstTokenMs: call.latencyMs,
  };
}

export function* replayed(answer: CachedAnswer, call: ModelCall): Generator<ModelEvent> {
  yield* answer.events;
  yield { type: "call", call };
  yield {
    type: "finish",
    reason: answer.reason,
    usage: usageOfCalls([call]),
    model: answer.model,
    extractive: answer.extractive,
  };
}
