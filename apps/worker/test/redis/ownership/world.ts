/** Two bridges and an existing agent that all would answer for one agent, and all that can happen to them. */
import { OrreryError } from "@orrery/protocol";
import * as fc from "fast-check";
import { expect } from "vitest";
import { agentKeys } from "../../../src/applications/fuse/state/agent-keys.ts";
import { readEntry } from "../../../src/applications/fuse/migration/lease.ts";
import { BridgeNode, Killed } from "./bridge-node.ts";
import { type Client, type Published, observedLink } from "./observed-redis.ts";

/** An existing agent that reads who owns it before it answers. Keys: owner, results. */
const legacyScript = `
local ok, entry = pcall(cjson.decode, redis.call('GET', KEYS[1]) or '')
if not ok or type(entry) ~= 'table' or entry.owner ~= 'legacy' then return false end
redis.call('XADD', KEYS[2], '*', 'message', ARGV[1])
return {entry.token, redis.call('GET', KEYS[1])}
`;

/** What may happen. */
export const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("migrate" as const),
      node: fc.nat(1),
      mode: fc.constantFrom("legacy", "shadow", "canary", "orrery", "orrery", "legacy"),
      percent: fc.integer({ min: 0, max: 100 }),
      channels: fc.constantFrom("shared", "private", undefined),
      force: fc.boolean(),
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "work",
        "work",
        "work",
        "tick",
        "tick",
        "arrive",
        "finish",
        "finish",
        "pump",
        "pump",
        "hold",
        "letGo",
      ),
      node: fc.nat(1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "kill",
        "killSoon",
        "cut",
        "heal",
        "loseAnswer",
        "skew",
        "connected",
        "legacyAnswers",
      ),
      node: fc.nat(1),
      amount: fc.integer({ min: 0, max: 8 }),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ kind: "legacySpeaks" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("lapse", "legacyLives", "legacyDies"),
    }),
  },
);
export type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Two bridges and an existing agent that all would answer for one agent. */
export class World {
  readonly log: Published[] = [];
  readonly nodes: readonly [BridgeNode, BridgeNode];
  readonly agent: string;
  migrations = 0;
  #tasks = 0;
  #now = Date.UTC(2026, 10, 21);

  readonly #client: Client;

  constructor(name: string, client: Client) {
    this.#client = client;
    this.agent = name;
    const node = (id: string) =>
      new BridgeNode({
        id,
        fuseAgentId: name,
        link: observedLink(client, id, this.log),
        prefix: name,
        now: () => this.#now,
      });
    this.nodes = [node("one"), node("two")];
  }

  /** Does steps at once; a node that was killed in one of them is started again. */
  async play(steps: readonly Step[]): Promise<void> {
    this.#now += 1_000;
    await Promise.all(
      steps.map(async (one) => {
        try {
          await this.#do(one);
        } catch (error) {
          if (!(error instanceof OrreryError || error instanceof Killed)) throw error;
        }
      }),
    );
    for (const node of this.nodes) if (node.isDead) node.restart();
  }

  async #do(one: Step): Promise<void> {
    if (!("node" in one)) return await this.#outside(one.kind);
    const node = this.#node(one.node);
    switch (one.kind) {
      case "migrate": {
        const { mode, percent, channels, force } = one;
        this.migrations += 1;
        await node.ownership.migrate(this.agent, {
          mode,
          ...(mode === "canary" && { percent }),
          ...(channels !== undefined && { legacyChannels: channels }),
          force,
        });
        return;
      }
      case "tick":
        return node.cut ? undefined : await node.ownership.tick(this.#now);
      case "connected":
        return node.cut ? undefined : await node.ownership.connected();
      case "arrive":
        return await this.#arrive(node);
      case "work":
        await this.#arrive(node);
        await node.agent.finish();
        return await node.pump();
      case "finish":
        return await node.agent.finish();
      case "pump":
        return await node.pump();
      case "hold":
        return await node.pump(true);
      case "letGo":
        return await node.letGo();
      case "kill":
        return node.restart();
      case "killSoon":
        return node.killAfter(one.amount);
      case "cut":
        node.cut = true;
        return;
      case "heal":
        node.cut = false;
        return;
      case "loseAnswer":
        node.losesAnswer = true;
        return;
      case "skew":
        node.skew = (one.amount - 4) * 20_000;
        return;
      case "legacyAnswers":
        return await this.#legacyAnswers(node);
    }
  }

  #arrive(node: BridgeNode): Promise<void> {
    this.#tasks += 2;
    return node.arrive([`${node.id}-${this.#tasks - 1}`, `${node.id}-${this.#tasks}`]);
  }

  async #outside(kind: string): Promise<void> {
    const { owner, heartbeat } = agentKeys(this.agent);
    if (kind === "legacyLives") await this.#client.set(heartbeat, String(this.#now), "EX", 60);
    else if (kind === "legacyDies") await this.#client.del(heartbeat);
    // What Redis does when a lease's time is over; entries of the existing system have no end.
    else if (kind === "lapse" && (await this.#client.pttl(owner)) > 0) await this.#client.del(owner);
    else if (kind === "legacySpeaks") {
      const said = (await this.#client.eval(legacyScript, 2, owner, `${this.agent}:results`, "{}")) as
        | [number, string]
        | null;
      if (said !== null) {
        this.log.push({ by: "legacy", fenceKey: owner, token: said[0], lease: said[1], text: "{}" });
      }
    }
  }

  /** The existing agent answers, on its private channel, what it was handed there. */
  async #legacyAnswers(node: BridgeNode): Promise<void> {
    const entries = await this.#client.xrange(`${node.channels.tasks.name}:legacy:${this.agent}`, "-", "+");
    const tasks = entries.map(([, [, text = "{}"]]) => (JSON.parse(text) as { id: string }).id);
    await node.ownership.results(
      tasks.slice(-3).map((taskId) => ({
        inbound: {
          id: "0-1",
          role: "results",
          channel: `${node.channels.results.name}:legacy:${this.agent}`,
          value: { taskId, by: "legacy" },
          signer: null,
          receivedAt: this.#now,
          deliveries: 1,
        },
        taskId,
        final: true,
        source: this.agent,
        text: "done",
        failed: false,
      })),
    );
  }

  /** Everything works again: what is decided is carried out. */
  async settle(): Promise<void> {
    for (const node of this.nodes) {
      node.cut = false;
      node.losesAnswer = false;
      node.skew = 0;
      node.restart();
    }
    for (let round = 0; round < 6; round++) {
      for (const node of this.nodes) {
        this.#now += 1_000;
        await node.ownership.connected();
        await node.ownership.tick(this.#now);
        await node.agent.finish();
        await node.pump();
        await node.tell();
      }
    }
  }

  /** Everything works again, and both bridges remove the agent, whatever it has not finished. */
  async leave(): Promise<void> {
    for (const node of this.nodes) {
      node.cut = false;
      node.losesAnswer = false;
      node.skew = 0;
      node.restart();
      await node.ownership.connected();
    }
    for (const node of this.nodes) {
      for (let isGone = false; !isGone;) {
        this.#now += 1_000;
        isGone = await node.ownership.remove(this.agent, false);
        await node.pump();
        await node.tell();
        if (!isGone) await node.ownership.tick(this.#now);
      }
    }
  }

  /** Who is said to answer for the agent. */
  async owner(): Promise<string | undefined> {
    return readEntry(await this.#client.get(agentKeys(this.agent).owner))?.owner;
  }

  /** Tasks of each result that is in the shared channel, in order. */
  async results(): Promise<string[]> {
    const entries = await this.#client.xrange(`${this.agent}:results`, "-", "+");
    return entries.flatMap(([, [, text = "{}"]]) => (JSON.parse(text) as { taskId?: string }).taskId ?? []);
  }

  async handedOver(): Promise<Set<string>> {
    const names = [`${this.agent}:tasks`, `${this.agent}:tasks:legacy:${this.agent}`];
    const entries = await Promise.all(names.map((name) => this.#client.xrange(name, "-", "+")));
    return new Set(entries.flat().map(([, [, text = "{}"]]) => (JSON.parse(text) as { id: string }).id));
  }

  #node(index: number): BridgeNode {
    return this.nodes[index === 0 ? 0 : 1];
  }
}

/** Who an entry says owns the agent, in the words of the log. */
const ownerOf = (lease: string | null): { by: string | null; token: number } => {
  const entry = readEntry(lease);
  return { by: entry?.owner === "legacy" ? "legacy" : (entry?.holder ?? null), token: entry?.token ?? -1 };
};

/** Holds what was published to one owner at every moment. */
export function holdToOneOwner(log: readonly Published[]): void {
  const owners = new Map<number, string>();
  let last = 0;
  for (const { by, token, lease } of log) {
    // Who wrote was the owner when it was written, under the token it wrote under.
    expect(ownerOf(lease)).toEqual({ by, token });
    // A token is one owner's, and none comes back.
    expect(owners.get(token) ?? by).toBe(by);
    owners.set(token, by);
    expect(token).toBeGreaterThanOrEqual(last);
    last = token;
  }
}
