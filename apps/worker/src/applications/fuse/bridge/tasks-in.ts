/** Tasks that arrived, on their way to the agents that are to do them: one call an agent, however many there are. */
import { createHash } from "node:crypto";
import type { Inbound, Outbound, Verdict } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import type { Acceptance, Member, Ownership, Side, TaskDelivery } from "../contract.ts";
import { acknowledgment } from "../messages/build.ts";
import type { ParsedTask } from "../messages/parse.ts";
import { acknowledgmentKey } from "../migration/message-keys.ts";
import { doers, route } from "../routing/route.ts";
import type { RoutingView } from "../routing/route.ts";
import type { Cancels } from "./cancels.ts";
import { giveTasks } from "./give-tasks.ts";
import type { GivingHost } from "./give-tasks.ts";
import type { Roll } from "./roll.ts";

export interface TasksInHost extends GivingHost {
  readonly roll: Pick<Roll, "heard" | "load" | "stub">;
  readonly ownership: Pick<
    Ownership,
    "assigned" | "decide" | "fence" | "forward" | "giving" | "prospect" | "taken"
  >;
  readonly cancels: Pick<Cancels, "apply">;
  members(): readonly Member[];
  find(fuseAgentId: string): Member | undefined;
  send(messages: readonly Outbound[]): Promise<unknown>;
  leastLoaded(): Promise<boolean>;
  /** Of tasks that are for whoever can do them, those that another bridge does. Rejects where Redis does not say. */
  claimed(taskIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Why a task is refused that goes to an agent of ours, or by us to an existing one; null where it is not. */
  refusal(task: TaskDelivery, member: Member, inbound: Inbound, isOurs: boolean): string | null;
  /** Whether answers go out encrypted or not at all. */
  readonly sealsAnswers: boolean;
  now(): number;
}

export interface ArrivedTask {
  readonly inbound: Inbound;
  readonly task: ParsedTask;
}

/** A task that goes to an agent of ours, or to the existing one by its private channel. */
interface Assigned {
  readonly index: number;
  readonly member: Member;
  readonly delivery: TaskDelivery;
}

/** Whether an id is one of an entry in a stream, rather than a number that grows. */
const isEntry = (id: string): boolean => /^\d+-\d+$/.test(id);

const ignored: Verdict = { outcome: "ignored" };
const accepted: Verdict = { outcome: "accepted" };
const later = (reason: string): Verdict => ({ outcome: "later", reason });

/**
 * What a task waits for that any of these agents may do: others that they may do wait with it. By its agents, which are
 * as many as we have, and not by what it asks for, which is as much as peers think of.
 */
function anyOf(agents: readonly Member[]): string {
  const names = agents.map(({ id }) => id).toSorted();
  return `any of ${createHash("sha256").update(names.join(" ")).digest("base64url")}`;
}

/** Takes tasks over, in order; one verdict each. */
export async function takeTasks(arrived: readonly ArrivedTask[], host: TasksInHost): Promise<Verdict[]> {
  const verdicts = Array.from(arrived, (): Verdict => ignored);
  const chosen = choose(arrived, await host.leastLoaded(), verdicts, host);
  const isForAnyone = ({ index }: Chosen): boolean => arrived[index]?.task.address.to !== "one";
  const open = new Set(
    chosen.filter((one) => isForAnyone(one) && host.ownership.assigned(one.delivery.taskId) === null),
  );
  const others = await claimedByOthers(open, host);
  const forwarded: Assigned[] = [];
  const byAgent = new Map<string, Assigned[]>();
  for (const one of chosen) {
    const { index, inbound, delivery } = one;
    const { taskId } = delivery;
    if (open.has(one) && (others === null || others.has(taskId))) {
      if (others === null) verdicts[index] = later("Redis did not say whether another bridge has it");
      continue;
    }
    // Meanwhile the same may have come by another channel.
    const before = isForAnyone(one) ? host.ownership.assigned(taskId) : null;
    const member = (before === null ? null : host.find(before)) ?? one.member;
    const side = host.ownership.decide(member.id, taskId, {
      ...(inbound.role === "tasks" && isEntry(inbound.id) && { entry: inbound.id }),
      source: delivery.source,
    });
    if (side === "moved") verdicts[index] = accepted;
    const assigned = { index, member, delivery: { ...delivery, shadow: side === "shadow" } };
    // Existing agents hear the channel of coordination themselves, whatever else is private to them.
    const isForwarded = (side === "forward" || side === "shadow") && inbound.role === "tasks";
    if (isForwarded) forwarded.push(assigned);
    const isClosed = side === "shadow" && delivery.encrypted && !member.confidential;
    if (!mayDo(side) || isClosed) continue;
    const same = byAgent.get(member.id);
    if (same) same.push(assigned);
    else byAgent.set(member.id, [assigned]);
  }

  // Before anything is waited for: whatever was decided is known to be under way.
  const calls = Array.from(
    byAgent,
    ([agent, assigned]) => [assigned, host.ownership.giving(agent, () => giveTo(assigned, host))] as const,
  );
  // In order, since the existing agent is to be handed its tasks as they came.
  for (const { index, member, delivery } of forwarded) {
    verdicts[index] = await attempt(async () => {
      await host.ownership.forward(member.id, delivery);
      return accepted;
    });
  }
  for (const [assigned, call] of calls) {
    const answers = await call;
    for (const [at, { index, delivery }] of assigned.entries()) {
      const own = answers[at] ?? later("the agent did not answer");
      // What could not be forwarded comes again, and so does its shadow; what only a shadow refuses is done.
      const isDone = verdicts[index]?.outcome === "later" || (delivery.shadow && own.outcome === "rejected");
      if (!isDone) verdicts[index] = own;
    }
  }
  return verdicts;
}

/** A task with the agent that it is for. */
interface Chosen extends Assigned {
  readonly inbound: Inbound;
}

/** Finds the agent for each task that is for one; of the others it writes down the verdict. */
function choose(
  arrived: readonly ArrivedTask[],
  leastLoaded: boolean,
  verdicts: Verdict[],
  host: TasksInHost,
): Chosen[] {
  const chosen = new Map<string, string>();
  const given = new Map<string, number>();
  const view = {
    members: () => host.members(),
    find: (id: string) => host.find(id),
    assigned: (taskId: string) => host.ownership.assigned(taskId) ?? chosen.get(taskId) ?? null,
    prospect: (id: string, taskId: string) => host.ownership.prospect(id, taskId),
    load: (id: string) => host.roll.load(id) + (given.get(id) ?? 0),
    leastLoaded,
  };
  return arrived.flatMap(({ inbound, task }, index): Chosen[] => {
    const { taskId } = task.delivery;
    const member = route(task, view);
    if (member === null) return [];
    if ("waitsFor" in member) {
      const reason = "every agent that can do it drains";
      verdicts[index] = { outcome: "later", reason, waitsFor: anyOf(member.waitsFor) };
      return [];
    }
    const delivery = { ...task.delivery, shadow: false, ...(host.sealsAnswers && { sealsAnswer: true }) };
    const side = host.ownership.prospect(member.id, taskId);
    const isOurs = mayDo(side);
    const refusal = isOurs || side === "forward" ? host.refusal(delivery, member, inbound, isOurs) : null;
    if (refusal !== null) {
      verdicts[index] = { outcome: "rejected", reason: refusal };
      return [];
    }
    // The existing agent is not to wait for ours, and of a shadow nobody hears.
    const lane = side === "ours" ? laneAhead(inbound, task, member, view) : undefined;
    if (lane !== undefined) {
      verdicts[index] = { outcome: "later", reason: "others that came before it wait", waitsFor: lane };
      return [];
    }
    chosen.set(taskId, member.id);
    if (isOurs) given.set(member.id, (given.get(member.id) ?? 0) + 1);
    return [{ index, inbound, member, delivery }];
  });
}

/** What others wait for that came before a task and go before it; undefined where there are none. */
function laneAhead(
  { ahead }: Inbound,
  task: ParsedTask,
  member: Member,
  view: Pick<RoutingView, "members" | "prospect">,
): string | undefined {
  if (ahead === undefined || ahead.size === 0) return undefined;
  const lanes = task.address.to === "one" ? [member.id] : [anyOf(doers(task, view)), member.id];
  return lanes.find((lane) => ahead.has(lane));
}

const mayDo = (side: Side): boolean => side === "ours" || side === "shadow";

/** Of tasks for whoever can do them, those that another bridge does; null where that cannot be said now. */
async function claimedByOthers(
  open: ReadonlySet<Assigned>,
  host: TasksInHost,
): Promise<ReadonlySet<string> | null> {
  if (open.size === 0) return new Set();
  try {
    return await host.claimed([...new Set([...open].map(({ delivery }) => delivery.taskId))]);
  } catch (error) {
    log.warn("fuse.tasks-not-claimed", { tasks: open.size, error });
    return null;
  }
}

/** Gives an agent its tasks, and acknowledges those that it took over. */
async function giveTo(assigned: readonly Assigned[], host: TasksInHost): Promise<Verdict[]> {
  const { cancels, ownership } = host;
  const member = assigned[0]?.member;
  if (!member) return [];
  const { id, agentId } = member;
  try {
    const answers = await giveTasks(
      id,
      assigned.map(({ delivery }) => delivery),
      host,
    );
    const taken = assigned.flatMap(({ delivery }, at) => (isTaken(answers[at]) ? [delivery] : []));
    const ours = taken.filter(({ shadow }) => !shadow);
    ownership.taken(
      id,
      ours.map((delivery) => ({ taskId: delivery.taskId, heard: hears(delivery) })),
    );
    const time = host.now();
    const fence = ownership.fence(id);
    const acknowledged = ours.filter(hears).map((delivery): Outbound => ({
      key: acknowledgmentKey(id, delivery.taskId),
      role: "coordination",
      value: acknowledgment(delivery, id, time),
      signAs: { agentId },
      fence,
    }));
    if (acknowledged.length > 0) await host.send(acknowledged);
    await cancels.apply(ours, id);
    return answers.map((answer) => verdictOf(answer, id));
  } catch (error) {
    log.warn("fuse.tasks-not-given", { fuseAgentId: id, tasks: assigned.length, error });
    return assigned.map(() => later("the agent could not be reached"));
  }
}

/** Whether whoever sent a task knows acknowledgments: older peers do not, and a conversation is answered at once. */
const hears = ({ form, source }: TaskDelivery): boolean => form === "task" && source !== null;

const isTaken = (answer: Acceptance | undefined): boolean =>
  answer?.outcome === "accepted" || answer?.outcome === "known";

function verdictOf(answer: Acceptance, fuseAgentId: string): Verdict {
  // An agent that is full, or drains, takes none of its tasks; nothing is wrong with them.
  if (answer.outcome === "later") return { ...answer, waitsFor: fuseAgentId };
  return answer.outcome === "rejected" ? answer : accepted;
}

async function attempt(work: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await work();
  } catch (error) {
    log.warn("fuse.task-not-forwarded", { error });
    return later("the task could not be forwarded");
  }
}
