/** Which agent a task goes to. */
import type { Member, Side } from "../contract.ts";
import type { ParsedTask } from "../messages/parse.ts";

export interface RoutingView {
  members(): readonly Member[];
  find(fuseAgentId: string): Member | undefined;
  /** The agent that the task was decided for before. */
  assigned(taskId: string): string | null;
  /** Which side of an agent would do the task. */
  prospect(fuseAgentId: string, taskId: string): Side;
  /** Tasks that wait for an agent and run on it. */
  load(fuseAgentId: string): number;
  /** Whether the fewest tasks decide; the first by id does where not. */
  readonly leastLoaded: boolean;
}

/** Whether an agent can do all that is asked for; what is asked for without a name, whoever says so with `*` can. */
export function canDo({ capabilities }: Pick<Member, "capabilities">, requires: readonly string[]): boolean {
  return capabilities.includes("*") || requires.every((capability) => capabilities.includes(capability));
}

/**
 * The agent that is to take a task: the one it names; of those that can do it, the least loaded of ours, else one of
 * the existing system that hears of it through us alone. Null where it is for none: another system's may have it.
 * A task that came before goes where it went before, else two agents could do it.
 */
export function route({ address, requires, delivery }: ParsedTask, view: RoutingView): Member | null {
  if (address.to === "one") return view.find(address.id) ?? null;
  const before = view.assigned(delivery.taskId);
  if (before !== null) return view.find(before) ?? null;
  const able = view
    .members()
    .filter(
      (member) => member.activity === "running" && member.status === "active" && canDo(member, requires),
    );
  const on = (side: Side): Member[] => able.filter(({ id }) => view.prospect(id, delivery.taskId) === side);
  const ours = on("ours");
  if (ours.length === 0) return on("forward")[0] ?? null;
  // A conversation goes on with whom it began.
  if (delivery.conversation !== null) return ours[numberOf(delivery.conversation) % ours.length] ?? null;
  if (!view.leastLoaded) return ours[0] ?? null;
  return ours.reduce((least, member) => (view.load(member.id) < view.load(least.id) ? member : least));
}

/** A number that a text always gets (FNV-1a, 32 bits). */
function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}
