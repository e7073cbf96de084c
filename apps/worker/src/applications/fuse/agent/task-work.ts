/** Does an agent's tasks, and says how far they are. */
import { OrreryError } from "@orrery/protocol";
import type { AgentStub } from "../../../agents/index.ts";
import type { Outbound } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import { build } from "../messages/build.ts";
import type { Result } from "../messages/build.ts";
import { deadlineOf } from "../messages/parse.ts";
import type { Conversations } from "../tasks/conversations.ts";
import { platformDoer } from "../tasks/platform-doer.ts";
import { runWork } from "../tasks/run-work.ts";
import type { StepJournal } from "../tasks/step-journal.ts";
import type { Ran, Running } from "../tasks/task-pool.ts";
import type { TaskRow } from "../tasks/task-row.ts";
import { UnclearTask, workOf } from "../tasks/work.ts";
import type { Identity } from "./agent-record.ts";
import type { PromptVariables } from "./prompt-variables.ts";
import type { TaskContent } from "./task-content.ts";

export interface TaskWorkHost {
  readonly content: Pick<TaskContent, "asked">;
  readonly conversations: Conversations;
  readonly journal: StepJournal;
  readonly variables: PromptVariables;
  /** The agent of the platform. */
  agent(): AgentStub;
  after(milliseconds: number, work: () => void): void;
}

/** Never rejects unless the task was stopped. */
export async function doTask(
  running: Running,
  { workspaceId, id }: Identity,
  host: TaskWorkHost,
): Promise<Ran> {
  const { row, signal } = running;
  try {
    const asked = await host.content.asked(row);
    // What is encrypted says only now until when it must have ended.
    if (row.encrypted) running.endBy(deadlineOf([asked], row.acceptedAt));
    signal.throwIfAborted();
    const doer = platformDoer(
      {
        workspaceId,
        keyHolder: row.attempt === 0 ? id : `${id}#${row.attempt}`,
        agent: host.agent(),
        after: (wait, work) => host.after(wait, work),
        variables: () => host.variables.of(asked),
        conversations: host.conversations,
      },
      row.conversation,
    );
    return await runWork(workOf(asked), running, doer, host.journal);
  } catch (error) {
    signal.throwIfAborted();
    return { result: failureOf(row, error), executionId: null, costMicros: 0 };
  }
}

/** What whoever asked may read of a failure: our own words in full, of others only that it failed. */
function failureOf(row: TaskRow, error: unknown): Result {
  if (error instanceof UnclearTask || error instanceof OrreryError) {
    return { outcome: "failed", error: error.message };
  }
  log.error("fuse.task-failed", { taskId: row.taskId, error });
  return { outcome: "failed", error: "The task failed on our side." };
}

/** Whether whoever sent a task knows of progress: older peers do not, and of a shadow nobody hears. */
export const hearsProgress = ({ shadow, form, source }: TaskRow): boolean =>
  !shadow && form !== "bare" && source !== null;

/** How far a task is, for whoever sent it. */
export function progressOf(
  { row, startedAt }: Running,
  step: { done: number; of: number } | null,
  { id, agentId }: Identity,
  now: number,
): Outbound {
  const value = build({
    source: id,
    target: row.source ?? "*",
    type: "STATUS",
    priority: row.priority,
    content: {
      message: step ? `step ${step.done + 1} of ${step.of}` : "running",
      taskId: row.taskId,
      status: "running",
      elapsedMs: now - startedAt,
      ...(step && { step: step.done + 1, steps: step.of }),
    },
    metadata: { in_reply_to: row.taskId },
    now,
  });
  return { key: `status:${id}:${row.taskId}:${now}`, role: "coordination", value, signAs: { agentId } };
}
