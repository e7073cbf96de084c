/** A bridge with its agents, on storage that outlives it: it can be cut off, held up, killed, and its clock be wrong. */
import { ChannelSettings, OrreryError } from "@orrery/protocol";
import type { BridgePort, Delivery, Outbound } from "../../../src/channels/redis/contract.ts";
import { BridgeStore } from "../../../src/channels/redis/bridge-store.ts";
import { runScript } from "../../../src/channels/redis/scripts.ts";
import { Outbox, type Waiting } from "../../../src/channels/redis/writing/outbox.ts";
import type { Ready } from "../../../src/channels/redis/writing/ready.ts";
import { writeBatch } from "../../../src/channels/redis/writing/write-batch.ts";
import type { RedisLink } from "../../../src/channels/redis/connection/contract.ts";
import type { Member, Ownership, OwnershipHost } from "../../../src/applications/fuse/contract.ts";
import { createOwnership } from "../../../src/applications/fuse/migration/ownership.ts";
import { resultKey } from "../../../src/applications/fuse/migration/message-keys.ts";
import { StoredMembers } from "../../../src/applications/fuse/routing/members.ts";
import { AgentDouble } from "./agent-double.ts";
import { durableStore } from "./durable-store.ts";
import { memberOf } from "./member.ts";

/** What a killed process is left by. */
export class Killed extends Error {}

/** One life of the process. */
interface Life {
  alive: boolean;
  /** Calls to the outside after which it is killed. */
  callsLeft: number;
}

export interface NodeOptions {
  readonly id: string;
  readonly fuseAgentId: string;
  readonly link: RedisLink;
  /** Channels of this test alone. */
  readonly prefix: string;
  readonly now: () => number;
}

export class BridgeNode {
  readonly id: string;
  readonly agent: AgentDouble;
  readonly channels: BridgePort["channels"];
  readonly storage = durableStore();
  ownership: Ownership;
  members: StoredMembers;
  outbox: Outbox;
  /** Whether there is no way to Redis. */
  cut = false;
  /** Whether the next script is run and its answer lost. */
  losesAnswer = false;
  /** Milliseconds by which its clock is wrong. */
  skew = 0;
  #life: Life = { alive: true, callsLeft: Infinity };
  #held: Ready[] | undefined;
  readonly #options: NodeOptions;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.id = options.id;
    this.agent = new AgentDouble(options.fuseAgentId);
    const channel = (name: string) =>
      ChannelSettings.parse({ name: `${options.prefix}:${name}`, mode: "streams" });
    this.channels = {
      coordination: channel("coordination"),
      tasks: channel("tasks"),
      results: channel("results"),
    };
    const now = "2026-11-20T12:00:00.000Z";
    new BridgeStore(this.storage).create(
      {
        id: options.id,
        workspaceId: "lab",
        name: options.id,
        application: "fuse",
        redis: { kind: "tcp", url: "redis://127.0.0.1:6379" },
        channels: this.channels,
        namespace: options.prefix,
        enabled: true,
        createdAt: now,
        updatedAt: now,
      },
      null,
    );
    ({ ownership: this.ownership, members: this.members, outbox: this.outbox } = this.#born());
    this.members.save(memberOf(options.fuseAgentId));
  }

  /** Ends the process at once, and starts it on what is on disk. */
  restart(): void {
    this.#life.alive = false;
    this.#life = { alive: true, callsLeft: Infinity };
    this.#held = undefined;
    ({ ownership: this.ownership, members: this.members, outbox: this.outbox } = this.#born());
  }

  get isDead(): boolean {
    return !this.#life.alive;
  }

  killAfter(calls: number): void {
    this.#life.callsLeft = calls;
  }

  /** Tasks arrive; those that are ours are taken over. */
  async arrive(taskIds: readonly string[], content: Readonly<Record<string, string>> = {}): Promise<void> {
    for (const taskId of taskIds) {
      const side = this.ownership.decide(this.#options.fuseAgentId, taskId);
      const delivery = {
        taskId,
        form: "bare" as const,
        source: null,
        type: null,
        priority: "MEDIUM" as const,
        deadline: null,
        conversation: null,
        shadow: side === "shadow",
        encrypted: false,
        message: { ...content, id: taskId },
        receivedAt: this.#options.now(),
      };
      if (side === "ours") {
        await this.agent.accept([delivery]);
        this.ownership.taken(this.#options.fuseAgentId, [{ taskId, heard: true }]);
      }
      if (side === "forward" || side === "shadow") {
        await this.ownership.forward(this.#options.fuseAgentId, delivery);
      }
    }
  }

  /** Writes what waits, or only begins to: what is held is written by {@link letGo}, as by a process that was stopped. */
  async pump(holds = false): Promise<void> {
    if (this.cut || this.#held !== undefined) return;
    const ready = this.outbox.next(128, 1_000_000, []).map((message): Ready => {
      const { name, mode, maxLength } = this.channels[message.role];
      const prefix = this.#options.prefix;
      return { message, channel: message.channel ?? name, mode, maxLength, text: message.value, prefix };
    });
    if (ready.length === 0) return;
    this.#held = ready;
    if (!holds) await this.letGo();
  }

  async letGo(): Promise<void> {
    const ready = this.#held;
    this.#held = undefined;
    if (ready === undefined || this.cut) return;
    const life = this.#life;
    const answers = await writeBatch(this.#options.link, ready, []);
    if (!life.alive) return;
    const settled = ready.flatMap(
      ({ message }, index): { message: Waiting; outcome: Delivery["outcome"] }[] => {
        const answer = answers[index];
        return answer === "written" || answer === "fenced" ? [{ message, outcome: answer }] : [];
      },
    );
    this.outbox.settle(settled);
    await this.tell();
  }

  /** Tells what became of messages. */
  async tell(): Promise<void> {
    for (;;) {
      const untold = this.outbox.untold(256);
      if (untold.length === 0) return;
      const deliveries = untold.map(({ delivery }) => delivery);
      const { fuseAgentId } = this.#options;
      const prefix = resultKey(fuseAgentId, "");
      const answers = deliveries.filter(({ key }) => key.startsWith(prefix));
      await this.agent.published(
        answers.map(({ key, outcome }) => ({ taskId: key.slice(prefix.length), outcome })),
      );
      if (answers.some(({ outcome }) => outcome === "fenced")) this.ownership.fenced(fuseAgentId);
      await this.ownership.delivered(deliveries);
      this.outbox.told(untold);
    }
  }

  get member(): Member {
    return this.members.get(this.#options.fuseAgentId);
  }

  #born(): { ownership: Ownership; members: StoredMembers; outbox: Outbox } {
    const life = this.#life;
    const { fuseAgentId, now } = this.#options;
    const members = new StoredMembers(this.storage.sql);
    const outbox = new Outbox(this.storage);
    const port = this.#port(life, outbox);
    const host: OwnershipHost = {
      port,
      storage: this.storage,
      members,
      agent: () => this.agent.stub(),
      heard: () => {},
      changed: () => {},
      now: () => now() + this.skew,
    };
    const ownership = createOwnership(host);
    this.agent.report = (taskIds) =>
      port.send(
        taskIds.map((taskId): Outbound => ({
          key: resultKey(fuseAgentId, taskId),
          role: "results",
          value: { taskId, by: this.id },
          fence: ownership.fence(fuseAgentId),
        })),
      );
    return { ownership, members, outbox };
  }

  #port(life: Life, outbox: Outbox): BridgePort {
    const { link } = this.#options;
    const step = (): void => {
      life.callsLeft -= 1;
      if (life.callsLeft < 0) life.alive = false;
      if (!life.alive) throw new Killed();
    };
    const away = (): OrreryError => new OrreryError("upstream_failed", "There is no way to Redis");
    const ask = async (work: () => Promise<unknown>): Promise<unknown> => {
      step();
      if (this.cut) throw away();
      const answer = await work();
      step();
      if (!this.losesAnswer) return answer;
      this.losesAnswer = false;
      throw away();
    };
    const isOpen = (): boolean => !this.cut;
    return {
      workspaceId: "lab",
      bridgeId: this.id,
      channels: this.channels,
      get connected() {
        return isOpen();
      },
      async send(messages) {
        step();
        const sent = outbox.add(messages);
        step();
        return sent;
      },
      get newest() {
        return outbox.last;
      },
      forget: (keys, until) => outbox.forget(keys, until),
      forgetAll: (prefix) => outbox.forgetAll(prefix),
      enforce: () => Promise.resolve(),
      listen: () => Promise.resolve(),
      command: (...args) => ask(() => link.commands.call(args)),
      script: (source, keys, args) => ask(() => runScript(link.commands, source, keys, args)),
    };
  }
}
