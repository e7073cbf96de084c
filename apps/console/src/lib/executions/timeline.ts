import type { Execution } from "@orrery/protocol";

/** A stretch of an execution's time. */
export interface Span {
  key: string;
  label: string;
  kind: "model" | "tool";
  /** Milliseconds after the execution's acceptance. */
  start: number;
  end: number;
  /** Whether it had not ended at `end`. */
  open: boolean;
}

/**
 * What an execution's time went into, in order: the model, and
 * each tool call. Between tool calls the model was at work.
 * @param now epoch milliseconds, up to which an unfinished execution is drawn
 */
export function timelineOf(execution: Execution, now: number): { total: number; spans: Span[] } {
  const origin = Date.parse(execution.createdAt);
  const end = execution.completedAt ? Date.parse(execution.completedAt) : Math.max(now, origin);
  const total = Math.max(1, execution.latencyMs ?? end - origin);
  const open = execution.completedAt === undefined;
  const calls = execution.toolCalls
    .map((call) => ({
      key: call.id,
      label: call.name,
      start: Math.max(0, Date.parse(call.startedAt) - origin),
      end: call.endedAt ? Date.parse(call.endedAt) - origin : total,
      open: call.endedAt === undefined,
    }))
    .toSorted((one, other) => one.start - other.start);

  const spans: Span[] = [];
  let reached = 0;
  let step = 0;
  const model = (from: number, to: number, unfinished: boolean) => {
    if (to - from < 1 && !unfinished) return;
    spans.push({
      key: `model-${step++}`,
      label: "Model",
      kind: "model",
      start: from,
      end: to,
      open: unfinished,
    });
  };
  for (const call of calls) {
    if (call.start > reached) model(reached, call.start, false);
    spans.push({ ...call, kind: "tool", end: Math.min(total, Math.max(call.start, call.end)) });
    reached = Math.max(reached, call.end);
  }
  if (reached < total) model(reached, total, open);
  return { total, spans };
}
