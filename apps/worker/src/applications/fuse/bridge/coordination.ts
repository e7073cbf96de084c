/**
 * What agents say to one another that is no task:
 *
 * | message                              | what we do                              | what we answer                    |
 * | ------------------------------------ | --------------------------------------- | --------------------------------- |
 * | SYSTEM `ping`                        |                                         | STATUS `pong`                     |
 * | SYSTEM `status`                      |                                         | STATUS                            |
 * | SYSTEM `pause` `resume` `drain`      | the agent does                          | ACKNOWLEDGMENT                    |
 * | SYSTEM `handoff` {taskId, to}        | the task goes to the other agent        | ACKNOWLEDGMENT                    |
 * | SYSTEM `capability_update`           | the agent can do that from now on       | ACKNOWLEDGMENT                    |
 * | SYSTEM `cancel`, `{type: "cancel"}`  | the task is cancelled                   | the task's result says so         |
 * | SYSTEM, anything else                |                                         | ACKNOWLEDGMENT `not-understood`   |
 * | IMPROVEMENT                          | kept for the agent                      | ACKNOWLEDGMENT                    |
 * | `{type: "capability_update"}`        | as above; of peers it is remembered     | nothing                           |
 * | ACKNOWLEDGMENT, STATUS               | what it says of the peer is remembered  | nothing, so that nobody loops     |
 *
 * For an agent that the existing system answers for, we are silent.
 */
import { OrreryError } from "@orrery/protocol";
import type { FuseMessageType } from "@orrery/protocol";
import type { Outbound, Verdict } from "../../../channels/index.ts";
import type { Activity, Member, Ownership } from "../contract.ts";
import { build } from "../messages/build.ts";
import { textOf, textsOf } from "../messages/fields.ts";
import type { Fields } from "../messages/fields.ts";
import type { Envelope, Parsed } from "../messages/parse.ts";
import { canDo } from "../routing/route.ts";
import type { HandOffs } from "./hand-offs.ts";
import type { Peers } from "./peers.ts";
import type { Roll } from "./roll.ts";

export interface CoordinationHost {
  readonly roll: Roll;
  readonly peers: Peers;
  readonly handOffs: HandOffs;
  readonly ownership: Pick<Ownership, "assigned" | "prospect">;
  members(): readonly Member[];
  find(fuseAgentId: string): Member | undefined;
  send(messages: readonly Outbound[]): Promise<unknown>;
  now(): number;
}

type Coordination = Exclude<Parsed, { kind: "task" | "result" | "foreign" | "malformed" }>;
type System = Extract<Parsed, { kind: "system" }>;

const accepted: Verdict = { outcome: "accepted" };
const ignored: Verdict = { outcome: "ignored" };

const activities: Readonly<Record<string, Activity>> = {
  pause: "paused",
  resume: "running",
  drain: "draining",
};

/** Takes one message over. Rejects where it cannot now. */
export async function coordinate(parsed: Coordination, host: CoordinationHost): Promise<Verdict> {
  switch (parsed.kind) {
    case "capabilities":
      return await capabilities(parsed.agent, parsed.capabilities, host);
    case "cancel":
      return await cancel(parsed.taskId, parsed.agent, host);
    case "acknowledgment":
    case "status":
      host.peers.heard(parsed.source, textOf(parsed.content, "status"), host.now());
      return accepted;
    case "improvement":
      return await forEachMeant(parsed, host, async (member) => {
        await host.roll.stub(member.id).improve({
          id: parsed.messageId,
          source: parsed.source,
          text:
            textOf(parsed.content, "message", "improvement", "suggestion") ?? JSON.stringify(parsed.content),
          at: host.now(),
        });
        return acknowledged("recorded");
      });
    case "system":
      return await forEachMeant(parsed, host, (member) => obey(parsed, member, host));
  }
}

/** What an agent says to a message; null where it says nothing. */
interface Reply {
  readonly type: FuseMessageType;
  readonly content: Fields;
}

const acknowledged = (status: string, more: Fields = {}): Reply => ({
  type: "ACKNOWLEDGMENT",
  content: { message: status, status, ...more },
});

/** Has each agent that is meant, and that is ours, do something and say so. */
async function forEachMeant(
  envelope: Envelope,
  host: CoordinationHost,
  work: (member: Member) => Promise<Reply | null>,
): Promise<Verdict> {
  const { address, messageId, source, message } = envelope;
  const named = address.to === "one" ? host.find(address.id) : undefined;
  const meant = address.to === "one" ? (named ? [named] : []) : host.members();
  const ours = meant.filter(({ id }) => host.ownership.prospect(id, messageId) === "ours");
  if (ours.length === 0) return ignored;
  const replies = await Promise.all(ours.map(async (member) => ({ member, reply: await work(member) })));
  const now = host.now();
  const messages = replies.flatMap(({ member, reply }): Outbound[] => {
    if (!reply) return [];
    const value = build({
      source: member.id,
      target: source,
      priority: message.header.priority,
      ...reply,
      metadata: { ...message.body.metadata, in_reply_to: messageId },
      now,
    });
    const key = `reply:${member.id}:${messageId}`;
    return [{ key, role: "coordination", value, signAs: { agentId: member.agentId } }];
  });
  if (messages.length > 0) await host.send(messages);
  return accepted;
}

async function obey(
  { command, content, address }: System,
  member: Member,
  host: CoordinationHost,
): Promise<Reply | null> {
  const activity = activities[command];
  if (activity !== undefined) {
    await host.roll.setActivity(member.id, activity);
    return acknowledged(activity);
  }
  switch (command) {
    case "ping":
      return statusOf(member, "pong", host);
    case "status":
      return statusOf(member, "status", host);
    case "handoff":
    case "hand-off":
    case "hand_off":
      return await handOff(content, member, address.to === "one", host);
    case "capability_update": {
      const named = textsOf(content, "capabilities");
      await host.roll.setCapabilities(member.id, named);
      return acknowledged("updated", { capabilities: named });
    }
    default:
      // What is said to all may well be for others.
      return address.to === "one" ? acknowledged("not-understood", { command }) : null;
  }
}

function statusOf(member: Member, message: string, { roll }: CoordinationHost): Reply {
  const { activity, status, capabilities } = member;
  const summary = roll.summary(member.id);
  return {
    type: "STATUS",
    content: {
      message,
      status,
      activity,
      capabilities,
      ...(summary && { tasks: summary.tasks, metrics: summary.state.metrics }),
    },
  };
}

async function handOff(
  content: Fields,
  member: Member,
  named: boolean,
  host: CoordinationHost,
): Promise<Reply | null> {
  const taskId = textOf(content, "taskId", "task_id");
  if (taskId === null) return named ? acknowledged("not-understood", { error: "it names no task" }) : null;
  const to =
    textOf(content, "to", "agent", "agentId") ??
    somebody(textsOf(content, "requires", "capabilities"), member, host);
  if (to === null || to === member.id) {
    return named ? acknowledged("refused", { taskId, error: "there is nobody to hand it to" }) : null;
  }
  if (await host.handOffs.move(taskId, member.id, to)) return acknowledged("handed-off", { taskId, to });
  return named ? acknowledged("refused", { taskId, error: "there is no such unfinished task" }) : null;
}

/** Who else can do it: the least loaded of ours, else the peer heard last. */
function somebody(requires: readonly string[], from: Member, host: CoordinationHost): string | null {
  const able = host
    .members()
    .filter(
      (member) =>
        member.id !== from.id &&
        member.activity === "running" &&
        member.status === "active" &&
        canDo(member, requires),
    );
  const least = able.toSorted((one, other) => host.roll.load(one.id) - host.roll.load(other.id))[0];
  return least?.id ?? host.peers.whoCan(requires);
}

async function capabilities(
  agent: string | null,
  named: readonly string[],
  host: CoordinationHost,
): Promise<Verdict> {
  if (agent === null) return { outcome: "rejected", reason: "it does not say whose capabilities these are" };
  if (host.find(agent)) await host.roll.setCapabilities(agent, named);
  else host.peers.able(agent, named, host.now());
  return accepted;
}

/** Cancels a task, wherever among ours it is; one that is not here, or has ended, is nothing to us. */
async function cancel(taskId: string, agent: string | null, host: CoordinationHost): Promise<Verdict> {
  const known = agent ?? host.ownership.assigned(taskId);
  const named = known === null ? undefined : host.find(known);
  const candidates = known === null ? host.members() : named ? [named] : [];
  const outcomes = await Promise.all(
    candidates
      .filter(({ id }) => host.ownership.prospect(id, taskId) !== "theirs")
      .map(({ id }) => host.roll.stub(id).cancel(taskId)),
  );
  for (const outcome of outcomes) {
    if (outcome.ok) return accepted;
    const { code, message } = outcome.refusal;
    if (code !== "not_found" && code !== "conflict") throw new OrreryError(code, message);
  }
  return ignored;
}
