/** Unfinished tasks on their way back to the existing agent. */
import { newId } from "@orrery/protocol";
import type { Delivery, Outbound } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import type { Member, OwnershipHost, TaskDelivery } from "../contract.ts";
import { build } from "../messages/build.ts";
import type { Decisions } from "./decisions.ts";
import type { Giving } from "./giving.ts";
import { legacyTaskKey, readKey } from "./message-keys.ts";
import { privateTasks } from "./private-channels.ts";
import type { SharedStream } from "./shared-stream.ts";
import type { Sql } from "./store.ts";

/** A task for the existing agent, on the channel that it hears, in the words in which it came. */
export const taskForLegacy = (
  host: Pick<OwnershipHost, "port">,
  member: Member,
  task: Pick<TaskDelivery, "attempt" | "message" | "taskId">,
  why: "forward" | "handback",
): Outbound => ({
  key: legacyTaskKey(why, member.id, task),
  role: "tasks",
  value: task.message,
  ...(member.legacyChannels === "private" && { channel: privateTasks(host.port, member.id) }),
});

/** Tells peers whose the agent is, behind all that was said before. */
const farewell = (member: Member, key: string, now: number): Outbound => ({
  key,
  role: "coordination",
  value: build({
    source: member.id,
    target: "*",
    type: "SYSTEM",
    content: {
      type: "ownership",
      message: `The existing system does the tasks of ${member.id}`,
      agentId: member.id,
      owner: "legacy",
    },
    now,
  }),
});

/** Tasks that an agent is asked of at once. */
const askedAtOnce = 5_000;

/** How far a hand-back is: where the agent is asked for the rest, and whether there is none. */
interface Progress {
  readonly after: number | null;
  readonly complete: boolean;
}

interface Parts {
  readonly sql: Sql;
  readonly host: OwnershipHost;
  readonly decisions: Decisions;
  readonly stream: SharedStream;
  readonly giving: Pick<Giving, "settled">;
}

export class HandBacks {
  readonly #sql: Sql;
  readonly #host: OwnershipHost;
  readonly #decisions: Decisions;
  readonly #stream: SharedStream;
  readonly #giving: Pick<Giving, "settled">;
  /** Of agents whose tasks were put on their way since this process began: what became of those before is not known. */
  readonly #progress = new Map<string, Progress>();

  constructor({ sql, host, decisions, stream, giving }: Parts) {
    this.#sql = sql;
    this.#host = host;
    this.#decisions = decisions;
    this.#stream = stream;
    this.#giving = giving;
  }

  /** Whether {@link send} has put everything on its way since this process began. */
  wasSent(agent: string): boolean {
    return this.#progress.get(agent)?.complete === true;
  }

  /**
   * Takes what is unfinished from the agent and puts it on its way; called again, it goes on where it stopped, and
   * after a crash it sends nothing twice. Says how many tasks it sent. With `force` it does not wait for a Redis that is away.
   * @throws OrreryError `rate_limited`, `upstream_failed`: the rest is for the next call
   */
  async send(member: Member, { force = false } = {}): Promise<number> {
    const { id } = member;
    await this.#giving.settled(id);
    let { after } = this.#progress.get(id) ?? { after: null };
    let sent = 0;
    for (let more = true; more;) {
      const { tasks, next, summary } = await this.#host.agent(id).handBack(after);
      this.#host.heard(id, summary);
      if (after === null) await this.#learnTaken(id);
      sent += await this.#sendSome(member, tasks);
      more = next !== null;
      after = next ?? after;
      this.#progress.set(id, { after, complete: false });
    }
    // What is still there of ours is done: it is to go before the existing agent hears that it has the word, since it
    // goes on in the stream where it stopped. What is unfinished went as it was handed back: it is always there once.
    if (!force || this.#host.port.connected) await this.#stream.clear(member);
    const last = farewell(member, `ownership:${newId(this.#host.now())}`, this.#host.now());
    this.#expect(id, null, last.key);
    await this.#host.port.send([last]);
    this.#progress.set(id, { after, complete: true });
    return sent;
  }

  async #sendSome(member: Member, tasks: readonly TaskDelivery[]): Promise<number> {
    const late = this.#decisions.late(
      member.id,
      tasks.map(({ taskId }) => taskId),
    );
    const due = tasks.filter(({ taskId }) => !late.has(taskId));
    this.#host.storage.transactionSync(() => {
      for (const { taskId } of due) {
        this.#decisions.giveAway(member, taskId);
        this.#expect(member.id, taskId, "");
      }
    });
    const ids = due.map(({ taskId }) => taskId);
    const entries = new Map(this.#stream.tasks(member, ids).map(({ task, entry }) => [task, entry]));
    const { refused } = await this.#host.port.send(
      due.map((task) => ({
        ...taskForLegacy(this.#host, member, task, "handback"),
        replaces: entries.get(task.taskId),
      })),
    );
    this.#decisions.forgetEntries(member.id, ids);
    if (refused.length > 0) {
      // In a shared stream it is still there as it came.
      log.error("fuse.task-not-handed-back", { fuseAgentId: member.id, refused });
      await this.delivered(refused.map(({ key, reason }) => ({ key, outcome: "undeliverable", reason })));
    }
    if (late.size > 0) await this.#host.agent(member.id).handedBack([...late]);
    return due.length;
  }

  /** What was given up may have been taken over by a call whose answer was lost. */
  async #learnTaken(id: string): Promise<void> {
    for (;;) {
      const ids = this.#decisions.givenUp(id, askedAtOnce);
      if (ids.length === 0) return;
      const known = new Set(await this.#host.agent(id).knows(ids));
      this.#decisions.taken(
        id,
        [...known].map((taskId) => ({ taskId, heard: true })),
      );
      this.#decisions.neverTaken(
        id,
        ids.filter((taskId) => !known.has(taskId)),
      );
    }
  }

  /** Whether everything that was handed back is in Redis. */
  haveArrived(agent: string): boolean {
    const [row] = this.#sql
      .exec(`SELECT 1 AS waits FROM ownership_handbacks WHERE agent = ? LIMIT 1`, agent)
      .toArray();
    return row === undefined;
  }

  /** Hears what became of messages, and tells agents that what they gave up has arrived. Names those. */
  async delivered(deliveries: readonly Delivery[]): Promise<Set<string>> {
    const arrived = new Map<string, string[]>();
    const named = new Set<string>();
    for (const { key } of deliveries) {
      const back = readKey("handback", key);
      if (back) {
        const tasks = arrived.get(back.agent);
        if (tasks) tasks.push(back.taskId);
        else arrived.set(back.agent, [back.taskId]);
      } else if (key.startsWith("ownership:")) {
        for (const { agent } of this.#sql
          .exec(
            `DELETE FROM ownership_handbacks WHERE task IS NULL AND last <= ?1
               AND agent IN (SELECT agent FROM ownership_handbacks WHERE last = ?1) RETURNING agent`,
            key,
          )
          .toArray()) {
          named.add(String(agent));
        }
      }
    }
    for (const [agent, tasks] of arrived) {
      if (this.#host.members.find(agent)) await this.#host.agent(agent).handedBack(tasks);
      this.#sql.exec(
        `DELETE FROM ownership_handbacks WHERE agent = ? AND task IN (SELECT value FROM json_each(?))`,
        agent,
        JSON.stringify(tasks),
      );
      named.add(agent);
    }
    return named;
  }

  /** What is sent from now on is waited for anew. */
  done(agent: string): void {
    this.#progress.delete(agent);
  }

  #expect(agent: string, task: string | null, last: string): void {
    this.#sql.exec(`INSERT INTO ownership_handbacks (agent, task, last) VALUES (?, ?, ?)`, agent, task, last);
  }
}
