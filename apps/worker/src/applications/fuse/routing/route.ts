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

/** Agents of ours that can do a task for whoever can, whatever they do now. */
export function doers(
  { requires, delivery }: ParsedTask,
  view: Pick<RoutingView, "members" | "prospect">,
): Member[] {
  return (
    view
      .members()
      .filter((member) => canDo(member, requires) && view.prospect(member.id, delivery.taskId) === "ours")
      // Ciphertext is for those whose words are not to be seen.
      .filter(({ confidential }) => confidential || !delivery.encrypted)
  );
}

/** Agents that could all take a task, and that all drain. */
export interface Drained {
  readonly waitsFor: readonly Member[];
}

/** Whether an agent can do all that is asked for; what is asked for without a name, whoever says so with `*` can. */
export function canDo({ capabilities }: Pick<Member, "capabilities">, requires: readonly string[]): boolean {
  return capabilities.includes("*") || requires.every((capability) => capabilities.includes(capability));
}

/** Whether an agent of ours begins what it is given at once. */
export const isWorking = ({ activity, status }: Pick<Member, "activity" | "status">): boolean =>
  activity === "running" && status === "active";

/**
 * The agent that is to take a task: the one it names; of those that can do it, in this order,
 *
 * 1. the least loaded of ours that work;
 * 2. one of the existing system that hears of it through us alone;
 * 3. the least loaded of ours that are paused or inactive: there it waits;
 * 4. one that does it unheard, beside an existing agent that has it already.
 *
 * {@link Drained} where only agents that drain could take it, and null where it is for none: another system's may have it.
 * A task that came before goes where it went before, else two agents could do it.
 */
export function route(task: ParsedTask, view: RoutingView): Member | Drained | null {
  const { address, requires, delivery } = task;
  if (address.to === "one") return view.find(address.id) ?? null;
  const before = view.assigned(delivery.taskId);
  if (before !== null) return view.find(before) ?? null;
  const able = view.members().filter((member) => canDo(member, requires));
  const on = (side: Side): Member[] => able.filter(({ id }) => view.prospect(id, delivery.taskId) === side);
  const ours = doers(task, view);
  const existing = [
    ...on("forward"),
    ...on("shadow").filter(({ legacyChannels }) => legacyChannels === "private"),
  ];
  return (
    oneOf(ours.filter(isWorking), delivery, view) ??
    existing.find(({ status }) => status === "active") ??
    existing[0] ??
    oneOf(
      ours.filter(({ activity }) => activity !== "draining"),
      delivery,
      view,
    ) ??
    (ours.length > 0 ? { waitsFor: ours } : (on("shadow")[0] ?? null))
  );
}

/** The one of several that could all do a task; undefined where there are none. */
function oneOf(
  able: readonly Member[],
  { conversation }: ParsedTask["delivery"],
  view: RoutingView,
): Member | undefined {
  // A conversation goes on with whom it began.
  if (conversation !== null) return able[numberOf(conversation) % able.length];
  if (!view.leastLoaded) return able[0];
  const load = new Map(able.map(({ id }) => [id, view.load(id)]));
  return able.toSorted((one, other) => (load.get(one.id) ?? 0) - (load.get(other.id) ?? 0))[0];
}

/** A number that a text always gets (FNV-1a, 32 bits). */
function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}
