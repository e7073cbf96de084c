/** Both sides of an agent's state, on a real Redis and the scripts that are used. */
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startRedis } from "../../../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";
import type { Client } from "../ownership/observed-redis.ts";
import type { StateRedis } from "./redis-double.ts";
import { StateWorld, damage, event } from "./state-world.ts";

let redis: RedisServer;
let client: Client;
let states: StateRedis;
beforeAll(async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  redis = await startRedis();
  client = redis.client();
  states = {
    script: (source, keys, args) => client.eval(source, keys.length, ...keys, ...args),
    get: (key) => client.get(key),
    set: (key, text) => client.set(key, text),
    del: (key) => client.del(key),
  };
});
afterAll(() => redis.stop());

describe("an agent's state in Redis", () => {
  const policy = fc.constantFrom("object-wins" as const, "redis-wins" as const, "merge" as const);

  test("comes to be the same as here, whatever is written on either side, cut off or killed between", async () => {
    let trial = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 12, arbitrary: event }, { weight: 1, arbitrary: damage }), {
          maxLength: 40,
          size: "max",
        }),
        fc.record({ status: policy, capabilities: policy, metrics: policy }),
        async (happened, conflicts) => {
          const world = new StateWorld(`agent-${++trial}`, states, conflicts);
          for (const one of happened) await world.play(one);
          await world.settle();
        },
      ),
      { numRuns: 150, seed: 20_261_121 },
    );
  });

  test("loses nothing that either side added, where changes are merged", async () => {
    let trial = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40, size: "max" }), async (happened) => {
        const world = new StateWorld(`merged-${++trial}`, states, { "*": "merge" });
        for (const one of happened) await world.play(one);
        await world.settle();
        expect(new Set(world.agent.state.capabilities)).toEqual(world.added);
      }),
      { numRuns: 150, seed: 20_261_121 },
    );
  });
});
