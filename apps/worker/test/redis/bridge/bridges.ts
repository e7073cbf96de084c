/** A bridge of one test, with channels of its own in a Redis that tests share, and a peer that knows nothing of it. */
import type { Bridge, CreateBridge, DeadLetter, Page } from "@orrery/protocol";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";
import { until } from "./platform.ts";
import type { Platform } from "./platform.ts";

type Peer = ReturnType<RedisServer["client"]>;
type Mode = "pubsub" | "streams";

let made = 0;

export interface Names {
  namespace: string;
  tasks: string;
  results: string;
  coordination: string;
}

/** Names that nothing else in the same Redis uses. */
export function newNames(): Names {
  made += 1;
  const of = (part: string): string => `${part}-${process.pid}-${made}`;
  return {
    namespace: of("ns"),
    tasks: of("tasks"),
    results: of("results"),
    coordination: of("coordination"),
  };
}

export const settingsOf = (
  redis: CreateBridge["redis"],
  names: Names,
  mode: Mode,
  channel: object = {},
): CreateBridge => ({
  name: "Test",
  redis,
  namespace: names.namespace,
  channels: {
    tasks: { name: names.tasks, mode, ...channel },
    results: { name: names.results, mode, ...channel },
    coordination: { name: names.coordination, mode, ...channel },
  },
});

export class TestedBridge {
  readonly id: string;
  readonly names: Names;
  readonly #platform: Platform;
  readonly #peer: Peer;

  constructor(platform: Platform, peer: Peer, names: Names, id: string) {
    this.#platform = platform;
    this.#peer = peer;
    this.names = names;
    this.id = id;
  }

  /** Its consumer group, and how all begins that is its own in Redis. */
  get group(): string {
    return `${this.names.namespace}:${this.id}`;
  }

  describe(): Promise<Bridge> {
    return this.#platform.json("GET", `/bridges/${this.id}`);
  }

  /** Resolves with the bridge once it is as `is` wants it. */
  until(is: (bridge: Bridge) => boolean, seconds?: number): Promise<Bridge> {
    return until(async () => {
      const bridge = await this.describe();
      return is(bridge) && bridge;
    }, seconds);
  }

  connected(): Promise<Bridge> {
    return this.until(({ status }) => status.state === "connected");
  }

  update(patch: object): Promise<Bridge> {
    return this.#platform.json("PATCH", `/bridges/${this.id}`, patch);
  }

  async remove({ force = false } = {}): Promise<void> {
    await this.#platform.json("DELETE", `/bridges/${this.id}?force=${force}`);
  }

  /** A peer adds a task to the stream. */
  async add(...messages: (object | string)[]): Promise<string[]> {
    const ids: string[] = [];
    for (const message of messages) {
      const text = typeof message === "string" ? message : JSON.stringify(message);
      ids.push(String(await this.#peer.xadd(this.names.tasks, "*", "message", text)));
    }
    return ids;
  }

  /** A peer publishes a task. */
  async publish(...messages: (object | string)[]): Promise<void> {
    for (const message of messages) {
      const text = typeof message === "string" ? message : JSON.stringify(message);
      await this.#peer.publish(this.names.tasks, text);
    }
  }

  /** A message as the workspace signs it for the channel of tasks. */
  signed(message: object): ReturnType<Platform["sign"]> {
    return this.#platform.sign(message, `${this.names.namespace}/${this.names.tasks}`);
  }

  record(): ReturnType<Platform["record"]> {
    return this.#platform.record(this.id);
  }

  /** The ids of tasks taken over so far. */
  async taken(): Promise<string[]> {
    return (await this.record()).taken.filter(({ role }) => role === "tasks").map(({ name }) => name);
  }

  /** Resolves once these were taken over, and answers with all that were. */
  async takes(...wanted: string[]): Promise<string[]> {
    return await until(async () => {
      const taken = await this.taken();
      return wanted.every((name) => taken.includes(name)) && taken;
    });
  }

  async letters(count: number): Promise<DeadLetter[]> {
    return await until(async () => {
      const response = await this.#platform.fetch("GET", `/bridges/${this.id}/dead-letters`);
      if (!response.ok) return false;
      const { items } = await response.json<Page<DeadLetter>>();
      return items.length === count && items;
    });
  }

  /** Entries that wait for an acknowledgment. */
  async pending(): Promise<number> {
    const [count] = (await this.#peer.xpending(this.names.tasks, this.group)) as [number];
    return count;
  }

  /** What was added to the stream of results. */
  async results(): Promise<Record<string, unknown>[]> {
    const entries = await this.#peer.xrange(this.names.results, "-", "+");
    return entries.map(([, fields]) => JSON.parse(fields[1] ?? "null") as Record<string, unknown>);
  }
}

/** A new bridge with channels of its own, once it is connected. */
export async function connectedBridge(
  { platform, redis, peer }: { platform: Platform; redis: RedisServer; peer: Peer },
  mode: Mode,
): Promise<TestedBridge> {
  const names = newNames();
  const { id } = await platform.create(settingsOf({ kind: "tcp", url: redis.url }, names, mode));
  const one = new TestedBridge(platform, peer, names, id);
  await one.connected();
  return one;
}
