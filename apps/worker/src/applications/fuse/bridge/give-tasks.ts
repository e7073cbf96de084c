/** How tasks are given to an agent of ours. */
import type { BridgePort } from "../../../channels/index.ts";
import type { Acceptance, TaskDelivery } from "../contract.ts";
import { keysOfTask } from "../migration/message-keys.ts";
import type { Roll } from "./roll.ts";

export interface GivingHost {
  readonly port: Pick<BridgePort, "forget" | "newest">;
  readonly roll: Pick<Roll, "heard" | "stub">;
}

/**
 * What became of each, in the same order. What an agent takes over anew it acknowledges and answers anew, whatever the
 * bridge remembers of a task of this id from before.
 */
export async function giveTasks(
  fuseAgentId: string,
  tasks: readonly TaskDelivery[],
  { port, roll }: GivingHost,
): Promise<Acceptance[]> {
  // It may answer before we hear that it took them.
  const before = port.newest;
  const { answers, summary } = await roll.stub(fuseAgentId).accept(tasks);
  roll.heard(fuseAgentId, summary);
  const taken = tasks.filter((_, at) => answers[at]?.outcome === "accepted");
  port.forget(
    taken.flatMap(({ taskId }) => keysOfTask(fuseAgentId, taskId)),
    before,
  );
  return answers;
}
