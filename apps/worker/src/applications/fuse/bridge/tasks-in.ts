/** Tasks that arrived, on their way to the agents that are to do them: one call an agent, however many there are. */
import type { Inbound, Outbound, Verdict } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import type { Acceptance, Member, Ownership, TaskDelivery } from "../contract.ts";
import { acknowledgment } from "../messages/build.ts";
import type { ParsedTask } from "../messages/parse.ts";
import { route } from "../routing/route.ts";
import type { Roll } from "./roll.ts";

export interface TasksInHost {
  readonly roll: Pick<Roll, "heard" | "load" | "stub">;
  readonly ownership: Pick<Ownership, "assigned" | "decide" | "forward" | "prospect">;
  members(): readonly Member[];
  find(fuseAgentId: string): Member | undefined;
  send(messages: readonly Outbound[]): Promise<unknown>;
  leastLoaded(): Promise<boolean>;
  now(): number;
}

export interface ArrivedTask {
  readonly inbound: Inbound;
  readonly task: ParsedTask;
}

/** A task that is for an agent of ours. */
interface Assigned {
  readonly index: number;
  readonly delivery: TaskDelivery;
}

/** Whether an id is one of an entry in a stream, rather than a number that grows. */
const isEntry = (id: string): boolean => /^\d+-\d+$/.test(id);

const ignored: Verdict = { outcome: "ignored" };
const accepted: Verdict = { outcome: "accepted" };
const later = (reason: string): Verdict => ({ outcome: "later", reason });

/** Takes tasks over, in order; one verdict each. */
export async function takeTasks(arrived: readonly ArrivedTask[], host: TasksInHost): Promise<Verdict[]> {
  const leastLoaded = await host.leastLoaded();
  const verdicts = Array.from(arrived, (): Verdict => ignored);
  const byAgent = new Map<Member, Assigned[]>();
  const forwarded: { index: number; member: Member; delivery: TaskDelivery }[] = [];
  const given = new Map<string, number>();
  const view = {
    members: () => host.members(),
    find: (id: string) => host.find(id),
    assigned: (taskId: string) => host.ownership.assigned(taskId),
    prospect: (id: string, taskId: string) => host.ownership.prospect(id, taskId),
    load: (id: string) => host.roll.load(id) + (given.get(id) ?? 0),
    leastLoaded,
  };
  for (const [index, { inbound, task }] of arrived.entries()) {
    const member = route(task, view);
    if (!member) continue;
    const side = host.ownership.decide(
      member.id,
      task.delivery.taskId,
      inbound.role === "tasks" && isEntry(inbound.id) ? inbound.id : undefined,
    );
    const delivery = { ...task.delivery, shadow: side === "shadow" };
    // Existing agents hear the channel of coordination themselves, whatever else is private to them.
    const isForwarded = (side === "forward" || side === "shadow") && inbound.role === "tasks";
    if (isForwarded) forwarded.push({ index, member, delivery });
    if (side !== "ours" && side !== "shadow") continue;
    const assigned = byAgent.get(member);
    if (assigned) assigned.push({ index, delivery });
    else byAgent.set(member, [{ index, delivery }]);
    given.set(member.id, (given.get(member.id) ?? 0) + 1);
  }

  // In order, since the existing agent is to be handed its tasks as they came.
  for (const { index, member, delivery } of forwarded) {
    verdicts[index] = await attempt(async () => {
      await host.ownership.forward(member.id, delivery);
      return accepted;
    });
  }
  await Promise.all(
    Array.from(byAgent, async ([member, assigned]) => {
      const answers = await giveTo(member, assigned, host);
      for (const [at, { index }] of assigned.entries()) {
        const own = answers[at] ?? later("the agent did not answer");
        // What could not be forwarded comes again, and so does its shadow.
        if (verdicts[index]?.outcome !== "later") verdicts[index] = own;
      }
    }),
  );
  return verdicts;
}

/** Gives an agent its tasks, and acknowledges those that it took over. */
async function giveTo(member: Member, assigned: readonly Assigned[], host: TasksInHost): Promise<Verdict[]> {
  const { roll } = host;
  try {
    const { answers, summary } = await roll.stub(member.id).accept(assigned.map(({ delivery }) => delivery));
    roll.heard(member.id, summary);
    const time = host.now();
    const acknowledged = assigned
      .filter(({ delivery }, at) => hears(delivery) && isTaken(answers[at]))
      .map(({ delivery }) => ({
        key: `ack:${member.id}:${delivery.taskId}`,
        role: "coordination" as const,
        value: acknowledgment(delivery, member.id, time),
        signAs: { agentId: member.agentId },
      }));
    if (acknowledged.length > 0) await host.send(acknowledged);
    return answers.map((answer) => verdictOf(answer, member.id));
  } catch (error) {
    log.warn("fuse.tasks-not-given", { fuseAgentId: member.id, tasks: assigned.length, error });
    return assigned.map(() => later("the agent could not be reached"));
  }
}

/** Whether whoever sent a task knows acknowledgments: older peers do not, and a conversation is answered at once. */
const hears = ({ form, shadow, source }: TaskDelivery): boolean =>
  form === "task" && !shadow && source !== null;

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
