import type { Execution, ModelCall } from "@orrery/protocol";

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
  /** What became of a call to a model; absent where it is not known, and of tool calls. */
  outcome?: ModelCall["outcome"];
  /** When the first token came, in milliseconds after the execution's acceptance. */
  firstToken?: number;
}

/**
 * What an execution's time went into, in the order in which it began: each call to a model, tried again or
 * raced against another included, and each tool call, by their own times. Of an execution without records of
 * calls the model is taken to have been at work between tool calls.
 * @param now epoch milliseconds, up to which an unfinished execution is drawn
 */
export function timelineOf(execution: Execution, now: number): { total: number; spans: Span[] } {
  const origin = Date.parse(execution.createdAt);
  const end = execution.completedAt ? Date.parse(execution.completedAt) : Math.max(now, origin);
  const total = Math.max(1, execution.latencyMs ?? end - origin);
  const tools = toolSpans(execution, origin, total);
  const spans =
    execution.modelCalls.length > 0
      ? withModelCalls(execution, tools, origin, total)
      : withModelBetween(execution, tools, total);
  return { total, spans };
}

const inOrder = (spans: readonly Span[]): Span[] => spans.toSorted((one, other) => one.start - other.start);

function toolSpans({ toolCalls }: Execution, origin: number, total: number): Span[] {
  return inOrder(
    toolCalls.map((call) => {
      const start = Math.max(0, Date.parse(call.startedAt) - origin);
      const end = call.endedAt ? Date.parse(call.endedAt) - origin : total;
      return {
        key: call.id,
        label: call.name,
        kind: "tool",
        start,
        end: Math.min(total, Math.max(start, end)),
        open: call.endedAt === undefined,
      };
    }),
  );
}

function withModelCalls(execution: Execution, tools: Span[], origin: number, total: number): Span[] {
  const within = (milliseconds: number) => Math.min(total, Math.max(0, milliseconds));
  const calls = execution.modelCalls.map((call): Span => {
    const start = Date.parse(call.startedAt) - origin;
    return {
      key: call.id,
      label: call.model,
      kind: "model",
      start: within(start),
      end: within(start + call.latencyMs),
      open: false,
      outcome: call.outcome,
      ...(call.firstTokenMs !== undefined && { firstToken: within(start + call.firstTokenMs) }),
    };
  });
  const spans = inOrder([...calls, ...tools]);
  // A call is recorded at its end: while an execution runs and no tool does, a model is at work.
  const reached = Math.max(...spans.map(({ end }) => end));
  const working = execution.status === "running" && !spans.some(({ open }) => open) && reached < total;
  return working ? [...spans, modelSpan("model-now", reached, total, true)] : spans;
}

function withModelBetween(execution: Execution, tools: Span[], total: number): Span[] {
  const spans: Span[] = [];
  let reached = 0;
  const model = (to: number, open: boolean) => {
    if (to - reached < 1 && !open) return;
    const span = modelSpan(`model-${spans.length}`, reached, to, open);
    const first = execution.firstTokenMs;
    const hasFirst = first !== undefined && first >= reached && first <= to;
    spans.push(hasFirst ? { ...span, firstToken: first } : span);
  };
  for (const tool of tools) {
    if (tool.start > reached) model(tool.start, false);
    spans.push(tool);
    reached = Math.max(reached, tool.end);
  }
  if (reached < total) model(total, execution.completedAt === undefined);
  return spans;
}

const modelSpan = (key: string, start: number, end: number, open: boolean): Span => ({
  key,
  label: "Model",
  kind: "model",
  start,
  end,
  open,
});
