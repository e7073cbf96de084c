/** Takes tasks over: whatever it accepts is on disk, and is answered once. */
import { messageLimit } from "../../../channels/index.ts";
import type { Acceptance, TaskDelivery } from "../contract.ts";
import { ciphertextOf } from "../messages/ciphertext.ts";
import type { GivenUpTasks } from "../tasks/given-up-tasks.ts";
import type { WaitingTask } from "../tasks/task-pool.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { AgentRecord } from "./agent-record.ts";
import type { Doing } from "./doing.ts";
import type { SeenCiphertexts } from "./seen-ciphertexts.ts";
import type { TaskContent } from "./task-content.ts";

export interface TakingHost {
  readonly record: Pick<AgentRecord, "activity" | "identity">;
  readonly store: Pick<TaskStore, "insert" | "row">;
  readonly givenUp: Pick<GivenUpTasks, "revive">;
  readonly ciphertexts: Pick<SeenCiphertexts, "isAnothers">;
  readonly content: Pick<TaskContent, "kept">;
  readonly doing: Pick<Doing, "pool" | "wait">;
}

const notConfidential =
  "it is encrypted, and the agent is not confidential: what it holds would lie in the clear in lists and files";

/** One acceptance for each task, in the same order. What they hold must be sealable: see `ContentSeal.ready`. */
export const takeOver = (tasks: readonly TaskDelivery[], host: TakingHost): Acceptance[] =>
  tasks.map((task) => take(task, host));

function take(task: TaskDelivery, host: TakingHost): Acceptance {
  const refusal = refusalOf(host);
  if (refusal !== null) {
    const status = host.store.row(task.taskId)?.status ?? "handed-back";
    return status === "handed-back" ? { outcome: "later", reason: refusal } : { outcome: "known" };
  }
  if (task.encrypted && !host.record.identity.confidential) {
    return { outcome: "rejected", reason: notConfidential };
  }
  const message = host.content.kept(task);
  if (message === null) {
    return { outcome: "rejected", reason: `it has more than ${messageLimit} characters as we write it` };
  }
  const jwe = task.encrypted ? ciphertextOf(task) : null;
  if (jwe !== null && host.ciphertexts.isAnothers(jwe, task.source)) {
    return { outcome: "rejected", reason: "its ciphertext came from somebody else before" };
  }
  const row = inserted(task, message, host) ?? host.givenUp.revive(task, message);
  if (!row) return { outcome: "known" };
  host.doing.wait(row);
  return { outcome: "accepted" };
}

/** Why no task is taken now; null where they are. */
function refusalOf({ record, doing }: TakingHost): string | null {
  if (record.activity === "draining") return "the agent takes no new tasks";
  return doing.pool.full ? "the agent has as many tasks as it can hold" : null;
}

function inserted(
  task: TaskDelivery,
  message: string | Uint8Array,
  { store }: TakingHost,
): WaitingTask | null {
  const seq = store.insert(task, message);
  return seq === null ? null : { ...task, acceptedAt: task.receivedAt, seq };
}
