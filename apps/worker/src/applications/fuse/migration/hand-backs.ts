/** Unfinished tasks on their way back to the existing agent. */
import { newId } from "@orrery/protocol";
import type { Delivery, Outbound } from "../../../channels/index.ts";
import type { Member, OwnershipHost, TaskDelivery } from "../contract.ts";
import { build } from "../messages/build.ts";
import type { Decisions } from "./decisions.ts";
import { privateTasks } from "./private-channels.ts";
import type { Sql } from "./store.ts";

/** A task for the existing agent, on the channel that it hears, in the words in which it came. */
export const taskForLegacy = (
  host: Pick<OwnershipHost, "port">,
  member: Member,
  task: Pick<TaskDelivery, "taskId" | "message">,
  why: "forward" | "handback",
): Outbound => ({
  key: `${why}:${member.id}:${task.taskId}`,
  role: "tasks",
  value: task.message,
  ...(member.legacyChannels === "private" && { channel: privateTasks(host.port, member.id) }),
});

/** Tells peers whose the agent is; written after all that was said before it, it also shows that this is in Redis. */
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

/** Entries that are removed from a stream by one command. */
const entriesAtOnce = 500;

export class HandBacks {
  readonly #sql: Sql;
  readonly #host: OwnershipHost;
  readonly #decisions: Decisions;
  /** Agents whose tasks were put on their way since this process began: what became of those before is not known. */
  readonly #sent = new Set<string>();

  constructor(sql: Sql, host: OwnershipHost, decisions: Decisions) {
    this.#sql = sql;
    this.#host = host;
    this.#decisions = decisions;
  }

  /** Whether {@link send} was called since this process began. */
  wasSent(agent: string): boolean {
    return this.#sent.has(agent);
  }

  /**
   * Takes what is unfinished from the agent and puts it on its way; called again, after a crash say, it sends nothing
   * twice. Says how many tasks there were. An agent that `leaves` does not wait for a Redis that is away.
   * @throws OrreryError `rate_limited`, `upstream_failed`: the rest is for the next call
   */
  async send(member: Member, { leaves = false } = {}): Promise<number> {
    const { tasks, summary } = await this.#host.agent(member.id).handBack();
    this.#host.heard(member.id, summary);
    const unfinished = new Set(tasks.map(({ taskId }) => taskId));
    if (!leaves || this.#host.port.connected) await this.#clearStream(member, unfinished);
    // What is unfinished stays in the stream until the step in which it is handed back.
    const entries = new Map(this.#inStream(member).map(({ task, entry }) => [task, entry]));
    const last = farewell(member, `ownership:${newId(this.#host.now())}`, this.#host.now());
    this.#host.storage.transactionSync(() => {
      for (const { taskId } of tasks) {
        this.#decisions.giveAway(member, taskId);
        this.#expect(member.id, taskId, last.key);
      }
      this.#expect(member.id, null, last.key);
    });
    await this.#host.port.send([
      ...tasks.map((task) => ({
        ...taskForLegacy(this.#host, member, task, "handback"),
        replaces: entries.get(task.taskId),
      })),
      last,
    ]);
    this.#sent.add(member.id);
    return tasks.length;
  }

  /**
   * An existing agent that reads the shared stream goes on where it stopped, when ours took over: it is not to find
   * there what we have done. What is unfinished is taken away as it is handed back, so that it is always there once.
   */
  async #clearStream(member: Member, unfinished: ReadonlySet<string>): Promise<void> {
    const { port } = this.#host;
    const done = this.#inStream(member).filter(({ task }) => !unfinished.has(task));
    for (let start = 0; start < done.length; start += entriesAtOnce) {
      const some = done.slice(start, start + entriesAtOnce);
      await port.command("XDEL", port.channels.tasks.name, ...some.map(({ entry }) => entry));
      this.#decisions.forgetEntries(
        member.id,
        some.map(({ task }) => task),
      );
    }
  }

  /** Tasks of ours in the stream that the existing agent reads as well. */
  #inStream({ id, legacyChannels }: Member): { task: string; entry: string }[] {
    const { mode } = this.#host.port.channels.tasks;
    return mode === "streams" && legacyChannels === "shared" ? this.#decisions.entries(id) : [];
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
    const named = new Set<string>();
    for (const { key } of deliveries) {
      if (!key.startsWith("ownership:")) continue;
      const [row] = this.#sql
        .exec(`SELECT agent FROM ownership_handbacks WHERE last = ? LIMIT 1`, key)
        .toArray();
      if (row === undefined) continue;
      const agent = String(row["agent"]);
      const arrived = this.#sql
        .exec(`SELECT task FROM ownership_handbacks WHERE agent = ? AND last <= ?`, agent, key)
        .toArray()
        .flatMap(({ task }) => (typeof task === "string" ? [task] : []));
      if (arrived.length > 0) await this.#host.agent(agent).handedBack(arrived);
      this.#sql.exec(`DELETE FROM ownership_handbacks WHERE agent = ? AND last <= ?`, agent, key);
      named.add(agent);
    }
    return named;
  }

  /** What is sent from now on is waited for anew. */
  done(agent: string): void {
    this.#sent.delete(agent);
  }

  #expect(agent: string, task: string | null, last: string): void {
    this.#sql.exec(`INSERT INTO ownership_handbacks (agent, task, last) VALUES (?, ?, ?)`, agent, task, last);
  }
}
