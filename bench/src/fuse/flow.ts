/** Tasks sent and results waited for, as the existing system's dispatcher sees them. */
import type { Value } from "../../../test/fuse/peers/message.ts";
import type { Fleet } from "./surroundings.ts";

let last = 0;

/** Of an answer that is none: a run that fails is not a fast one. */
function check(taskId: string, value: Value): void {
  if (JSON.stringify(value).includes('"error"')) throw new Error(`${taskId}: ${JSON.stringify(value)}`);
}

/** Milliseconds from sending one task to having its result. */
export async function roundTrip({ dispatcher, agents }: Fleet, withinMs = 60_000): Promise<number> {
  last += 1;
  const id = `bench-${last}`;
  const target = agents[last % agents.length] ?? "*";
  const sentAt = performance.now();
  await dispatcher.task(`Task ${last}`, { id, target });
  check(id, await dispatcher.result(id, withinMs));
  return performance.now() - sentAt;
}

/** `count` tasks, as many under way at all times as `width`. Milliseconds for all of them. */
export async function flow(fleet: Fleet, count: number, width: number): Promise<number> {
  const startedAt = performance.now();
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await roundTrip(fleet);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane));
  return performance.now() - startedAt;
}

/** Sends tasks at once, for whoever listens or will. Their ids. */
export async function queue({ dispatcher, agents }: Fleet, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `queued-${index}`);
  for (let at = 0; at < count; at += 500) {
    const some = ids.slice(at, at + 500);
    await Promise.all(
      some.map((id, index) =>
        dispatcher.task(`Task ${id}`, { id, target: agents[index % agents.length] ?? "*" }),
      ),
    );
  }
  return ids;
}
