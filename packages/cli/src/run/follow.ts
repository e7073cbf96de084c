import type { Execution, ExecutionStream, TurnChunk } from "@orrery/client";
import { CommandFailure, Interrupted } from "../failure.ts";
import { duration } from "../output/units.ts";
import { oneLine } from "../output/text.ts";
import type { Session } from "../session.ts";

/**
 * Follows an execution to its end. Ctrl-C cancels it on the platform; again, and it is no longer followed.
 * @throws Interrupted left before the end
 */
export async function followToEnd(
  session: Session,
  stream: ExecutionStream,
  onChunk: (chunk: TurnChunk) => void,
): Promise<{ execution: Execution; wasCancelledHere: boolean }> {
  let presses = 0;
  const off = session.terminal.onInterrupt(() => {
    presses++;
    if (presses > 1) return stream.abort();
    session.remark("\nCancelling. Ctrl-C again leaves at once.");
    // Where it has ended meanwhile, there is nothing to cancel: the answer tells.
    stream.cancel().catch(() => undefined);
  });
  try {
    for await (const chunk of stream) onChunk(chunk);
    return { execution: await stream.final(), wasCancelledHere: presses > 0 };
  } catch (error) {
    if (presses > 1) throw new Interrupted();
    throw error;
  } finally {
    off();
  }
}

/** How it went, in a line. */
export function summary({ status, model, latencyMs, usage, sessionId }: Execution): string {
  return [
    status,
    ...(model === undefined ? [] : [oneLine(model)]),
    ...(latencyMs === undefined ? [] : [duration(latencyMs)]),
    ...(usage === undefined ? [] : [`${usage.inputTokens} + ${usage.outputTokens} tokens`]),
    `session ${sessionId}`,
  ].join(" · ");
}

/**
 * Turns an outcome other than an answer into a failure.
 * @throws CommandFailure, Interrupted
 */
export function expectAnswer(execution: Execution, wasCancelledHere: boolean): void {
  if (execution.status === "completed") return;
  if (wasCancelledHere) throw new Interrupted();
  if (execution.status === "cancelled") throw new CommandFailure("The execution was cancelled.");
  const reason = execution.error?.message ?? `The execution is ${execution.status}.`;
  const advice = execution.error?.retryable === true ? "\nIt may succeed when tried again." : "";
  throw new CommandFailure(oneLine(reason) + advice);
}
