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
 * | SYSTEM `cancel`, `{type: "cancel"}`  | the task is cancelled, be it yet to come | the task's result says so        |
 * | SYSTEM, anything else                |                                         | ACKNOWLEDGMENT `not-understood`   |
 * | IMPROVEMENT                          | kept for the agent                      | ACKNOWLEDGMENT                    |
 * | `{type: "capability_update"}`        | as above; of peers it is remembered     | nothing                           |
 * | ACKNOWLEDGMENT, STATUS               | what it says of the peer is remembered  | nothing, so that nobody loops     |
 *
 * For an agent that the existing system answers for, we are silent; commands go by its mode, not by its share of tasks.
 * Answers go out under the agent's lease.
 */
import { CapabilityUpdate, OrreryError } from "@orrery/protocol";
import type { FuseMessageType } from "@orrery/protocol";
import type { Outbound, Verdict } from "../../../channels/index.ts";
import type { Activity, Member, Ownership } from "../contract.ts";
import { build, echoRoom, within } from "../messages/build.ts";
import { textOf, textsOf } from "../messages/fields.ts";
import type { Fields } from "../messages/fields.ts";
import type { Envelope, Parsed } from "../messages/parse.ts";
import { answersHere } from "../migration/modes.ts";
import type { Authority } from "./authority.ts";
import type { Cancels } from "./cancels.ts";
import type { HandOffs } from "./hand-offs.ts";
import type { Peers } from "./peers.ts";
import type { Roll } from "./roll.ts";

export interface CoordinationHost {
  readonly roll: Roll;
  readonly peers: Peers;
  readonly handOffs: HandOffs;
  readonly cancels: Pick<Cancels, "keep">;
  readonly ownership: Pick<Ownership, "deciders" | "fence" | "prospect">;
  members(): readonly Member[];
  find(fuseAgentId: string): Member | undefined;
  send(messages: readonly Outbound[]): Promise<unknown>;
  /** What an agent says, encrypted to who is to hear it where that is due. */
  sealed(said: Fields, of: { member: Member; envelope: Envelope }): Promise<Fields>;
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
export async function coordinate(
  parsed: Coordination,
  authority: Authority,
  host: CoordinationHost,
): Promise<Verdict> {
  switch (parsed.kind) {
    case "capabilities":
      return await capabilities(parsed.agent, parsed.capabilities, authority, host);
    case "cancel":
      return await cancel(parsed, authority, host);
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
      return await forEachMeant(parsed, host, (member) => obey(parsed, member, authority, host));
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

/** Has each agent that is meant, and that ours answers for, do something and say so. */
async function forEachMeant(
  envelope: Envelope,
  host: CoordinationHost,
  work: (member: Member) => Promise<Reply | null>,
): Promise<Verdict> {
  const { address, messageId, source, message } = envelope;
  const named = address.to === "one" ? host.find(address.id) : undefined;
  const meant = address.to === "one" ? (named ? [named] : []) : host.members();
  const ours = meant.filter(answersHere);
  if (ours.length === 0) return ignored;
  const replies = await Promise.all(ours.map(async (member) => ({ member, reply: await work(member) })));
  const now = host.now();
  const messages = await Promise.all(
    replies.map(async ({ member, reply }): Promise<Outbound[]> => {
      if (!reply) return [];
      const value = build({
        source: member.id,
        target: source,
        priority: message.header.priority,
        type: reply.type,
        content: await host.sealed(reply.content, { member, envelope }),
        metadata: { ...within(message.body.metadata, echoRoom), in_reply_to: messageId },
        now,
      });
      const key = `reply:${member.id}:${messageId}`;
      const fence = host.ownership.fence(member.id);
      return [{ key, role: "coordination", value, signAs: { agentId: member.agentId }, fence }];
    }),
  );
  if (messages.flat().length > 0) await host.send(messages.flat());
  return accepted;
}

async function obey(
  { command, content, address }: System,
  member: Member,
  authority: Authority,
  host: CoordinationHost,
): Promise<Reply | null> {
  const activity = activities[command];
  const isNamed = address.to === "one";
  const isChange = activity !== undefined || command === "capability_update";
  if (isChange && authority.only !== null) {
    const error = `the key of ${authority.only} may not change agents: it has not the scope agents:write`;
    return isNamed ? acknowledged("refused", { command, error }) : null;
  }
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
      return await handOff(content, member, isNamed, authority, host);
    case "capability_update": {
      const named = CapabilityUpdate.shape.capabilities.safeParse(content["capabilities"]);
      if (!named.success) {
        const error = "it says no list of up to 64 capabilities of up to 64 characters each";
        return isNamed ? acknowledged("not-understood", { command, error }) : null;
      }
      await host.roll.setCapabilities(member.id, named.data);
      return acknowledged("updated", { capabilities: named.data });
    }
    default:
      // What is said to all may well be for others.
      return isNamed ? acknowledged("not-understood", { command: command.slice(0, 200) }) : null;
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
  isNamed: boolean,
  { only }: Authority,
  { handOffs }: CoordinationHost,
): Promise<Reply | null> {
  const taskId = textOf(content, "taskId", "task_id");
  if (taskId === null) return isNamed ? acknowledged("not-understood", { error: "it names no task" }) : null;
  const to =
    textOf(content, "to", "agent", "agentId") ??
    handOffs.somebody(taskId, textsOf(content, "requires", "capabilities"), member);
  if (to === null || to === member.id) {
    return isNamed ? acknowledged("refused", { taskId, error: "there is nobody to hand it to" }) : null;
  }
  const error = await handOffs.move({ taskId, from: member.id, to, by: only });
  if (error === null) return acknowledged("handed-off", { taskId, to });
  return isNamed ? acknowledged("refused", { taskId, error }) : null;
}

async function capabilities(
  agent: string | null,
  named: readonly string[],
  { only }: Authority,
  host: CoordinationHost,
): Promise<Verdict> {
  // Whose they are is said by whoever knows who said it; to us it says nothing.
  if (agent === null) return ignored;
  if (only !== null && only !== agent) {
    return {
      outcome: "rejected",
      reason: `${only} may not say what ${agent} can do: its key has not the scope agents:write`,
    };
  }
  if (host.find(agent)) await host.roll.setCapabilities(agent, named);
  else host.peers.able(agent, named, host.now());
  return accepted;
}

/**
 * Cancels a task, wherever among ours it is, be it handed on from the one that is named. One that nobody has yet, or that
 * is on its way from one to another, is cancelled when it comes; one that has ended, or is another's, is nothing to us.
 */
async function cancel(
  { taskId, agent }: Extract<Parsed, { kind: "cancel" }>,
  { only }: Authority,
  host: CoordinationHost,
): Promise<Verdict> {
  const names = new Set([...(agent === null ? [] : [agent]), ...host.ownership.deciders(taskId)]);
  const known = [...names].flatMap((name) => host.find(name) ?? []);
  // Where nobody is named and nothing was decided, it may be one that came without a bridge.
  const candidates = names.size === 0 ? host.members() : known;
  // Kept before anybody is asked: meanwhile it may arrive.
  const isUnderWay = host.handOffs.isUnderWay(taskId);
  if (isUnderWay) host.cancels.keep(taskId, only);
  const outcomes = await Promise.all(
    candidates
      .filter(({ id }) => host.ownership.prospect(id, taskId) !== "theirs")
      .map(({ id }) => host.roll.stub(id).cancel(taskId, only)),
  );
  let isKnown = agent !== null && known.length === 0;
  for (const outcome of outcomes) {
    if (outcome.ok) return accepted;
    const { code, message } = outcome.refusal;
    if (code !== "not_found" && code !== "conflict" && code !== "forbidden")
      throw new OrreryError(code, message);
    if (code !== "not_found") isKnown = true;
  }
  if (isUnderWay) return accepted;
  if (isKnown) return ignored;
  host.cancels.keep(taskId, only);
  return accepted;
}
