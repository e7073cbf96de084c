/**
 * Claims on tasks that are for whoever can do them: of several bridges that hear the same channel, one does a task.
 */
import type { BridgePort } from "../../../channels/index.ts";

/** Seconds for which a claim holds: as long as others may hear of the task. A stream is read again from long ago. */
const seconds = { pubsub: 600, streams: 86_400 } as const;

/** Key: the claim. Arguments: the bridge, seconds. Answers whose the task is. */
const claimScript = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return ARGV[1] end
return redis.call('GET', KEYS[1])
`;

type Port = Pick<BridgePort, "bridgeId" | "channels" | "script">;

/** Claims tasks, and names those that others have. @throws OrreryError `upstream_failed` */
export async function claimTasks(port: Port, taskIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { name, mode } = port.channels.tasks;
  const owners = await Promise.all(
    taskIds.map((taskId) =>
      port.script(claimScript, [`${name}:claim:${taskId}`], [port.bridgeId, String(seconds[mode])]),
    ),
  );
  return new Set(taskIds.filter((_, index) => owners[index] !== port.bridgeId));
}
