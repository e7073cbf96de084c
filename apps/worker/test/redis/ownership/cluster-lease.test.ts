/** That in a cluster, too, nothing is written under a lease that somebody else has taken since. */
import * as fc from "fast-check";
import { Cluster } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Command, RedisLink } from "../../../src/channels/redis/connection/contract.ts";
import { runScript } from "../../../src/channels/redis/scripts.ts";
import { raiseCeilings } from "../../../src/channels/redis/writing/cluster-leases.ts";
import { writeBatch } from "../../../src/channels/redis/writing/write-batch.ts";
import type { Written } from "../../../src/channels/redis/writing/write-batch.ts";
import { claimLease } from "../../../src/applications/fuse/migration/lease.ts";
import { agentKeys } from "../../../src/applications/fuse/state/agent-keys.ts";
import { startCluster } from "../bridge/servers.ts";
import type { Servers } from "../bridge/servers.ts";

let servers: Servers;
let cluster: Cluster;
let made = 0;
beforeAll(async () => {
  servers = await startCluster();
  cluster = new Cluster(servers.ports.map((port) => ({ host: "127.0.0.1", port })));
});
afterAll(async () => {
  cluster.disconnect();
  await servers.stop();
});

const call = ([name = "", ...args]: Command): Promise<unknown> => cluster.call(name, ...args);

/** A link that is held up, once, between its look at the lease and its writing. */
function link(heldUp: () => Promise<void> = () => Promise.resolve()): RedisLink {
  const commands = {
    call,
    async pipeline(list: readonly Command[]) {
      const answers = await Promise.all(list.map(call));
      if (list[0]?.[0] === "GET") await heldUp();
      return answers;
    },
  };
  return { commands, anySlots: false } as unknown as RedisLink;
}

class Agent {
  readonly name = `agent-${++made}`;
  readonly #channel = `results-of-${this.name}`;
  /** From which message on, which token was in force. */
  readonly inForce: { token: number; from: number }[] = [];
  #written = 0;

  async take(holder: string): Promise<number> {
    const script = (source: string, keys: readonly string[], args: readonly string[]) =>
      runScript(link().commands, source, keys, args);
    const claim = { holder, token: 0, percent: null, takeFrom: "anyone" } as const;
    const { token } = await claimLease({ script }, this.name, claim);
    await raiseCeilings(link(), { key: agentKeys(this.name).owner, token }, [this.#channel]);
    this.inForce.push({ token, from: (await this.tokens()).length });
    return token;
  }

  async write(token: number, over = link()): Promise<Written | undefined> {
    const key = `${this.name}-${++this.#written}`;
    const message = {
      seq: this.#written,
      key,
      role: "results" as const,
      channel: null,
      value: "",
      signAs: null,
      fence: { key: agentKeys(this.name).owner, token },
      keep: null,
      replaces: null,
    };
    const text = JSON.stringify({ token });
    const ready = { message, channel: this.#channel, mode: "streams" as const, maxLength: null, text };
    const [answer] = await writeBatch(over, [{ ...ready, prefix: "ns" }], []);
    return answer;
  }

  /** Under which messages were written, in order. */
  async tokens(): Promise<number[]> {
    const entries = await cluster.xrange(this.#channel, "-", "+");
    return entries.map(([, [, text = "{}"]]) => (JSON.parse(text) as { token: number }).token);
  }
}

test("what was held up before it was written is fenced, however it looked before", async () => {
  const agent = new Agent();
  const first = await agent.take("one");
  expect(await agent.write(first)).toBe("written");
  let second = 0;
  const late = await agent.write(
    first,
    link(async () => {
      second = await agent.take("two");
    }),
  );
  expect(late).toBe("fenced");
  expect(await agent.write(second)).toBe("written");
  expect(await agent.write(first)).toBe("fenced");
  expect(await agent.tokens()).toEqual([first, second]);
});

const step = fc.record({ kind: fc.constantFrom("take", "write", "write", "hold", "letGo"), who: fc.nat(1) });

test(
  "from when a lease is relied upon, nothing is written under an older one",
  { timeout: 120_000 },
  async () => {
    let late = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
        const agent = new Agent();
        const tokens = [0, 0];
        const held: { letGo: () => void; done: Promise<unknown> }[] = [];
        for (const { kind, who } of steps) {
          if (kind === "take") tokens[who] = await agent.take(`holder-${who}`);
          else if (kind === "write") await agent.write(tokens[who] ?? 0);
          else if (kind === "hold") {
            const gate = Promise.withResolvers<void>();
            const looked = Promise.withResolvers<void>();
            const over = link(() => {
              looked.resolve();
              return gate.promise;
            });
            const done = agent.write(tokens[who] ?? 0, over);
            held.push({ letGo: gate.resolve, done });
            await looked.promise;
          } else {
            const one = held.shift();
            one?.letGo();
            if ((await one?.done) === "fenced") late += 1;
          }
        }
        for (const one of held) one.letGo();
        await Promise.all(held.map(({ done }) => done));
        const written = await agent.tokens();
        for (const { token, from } of agent.inForce) {
          expect(Math.min(token, ...written.slice(from))).toBe(token);
        }
      }),
      { numRuns: 60, seed: 20_261_130 },
    );
    expect(late).toBeGreaterThan(20);
  },
);
