/** The existing system's monitoring keys in a real Redis, in whatever form it keeps them. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startRedis } from "../../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../../test/fuse/redis.ts";
import { Monitor } from "../../src/applications/fuse/bridge/monitor.ts";
import type { Client } from "./ownership/observed-redis.ts";

let redis: RedisServer;
let client: Client;
let kept: Map<string, unknown>;
beforeAll(async () => {
  // That a key holds what cannot be counted on is said.
  vi.spyOn(console, "warn").mockReturnValue();
  redis = await startRedis();
  client = redis.client();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  kept = new Map();
  await client.flushall();
});

/** Scripts that are still to fail. */
let failing = 0;

/** A bridge's monitor; another one is what it is after a restart. */
const monitor = (): Monitor =>
  new Monitor({
    port: {
      connected: true,
      script: async (source, names, args) => {
        if (failing > 0) {
          failing -= 1;
          throw new Error("Connection is closed.");
        }
        return await client.eval(source, names.length, ...names, ...args);
      },
    },
    kv: {
      get: (key: string) => kept.get(key),
      put: (key: string, value: unknown) => void kept.set(key, value),
    } as SyncKvStorage,
  });

const answered = (latencyMs: number, failed = false) => ({ taskId: "t", value: {}, latencyMs, failed });

test("keys that are not there become hashes, with a field for each agent", async () => {
  const one = monitor();
  one.answered("a", [answered(10), answered(10, true)]);
  one.load("a", 3);
  one.answered("b", [answered(20)]);
  one.load("b", 0);
  await one.write(1);
  one.answered("a", [answered(10)]);
  one.load("a", 2);
  await one.write(2);
  expect(await client.hgetall("monitor:msg_count")).toEqual({ a: "3", b: "1" });
  expect(await client.hgetall("monitor:errors")).toEqual({ a: "1" });
  expect(await client.hgetall("monitor:response_time")).toEqual({ a: "10", b: "20" });
  expect(await client.hgetall("monitor:agent_load")).toEqual({ a: "2", b: "0" });
});

test("a load is each agent's as it is now, until the agent is no more", async () => {
  const one = monitor();
  one.load("a", 3);
  one.load("b", 1);
  await one.write(1);
  one.load("a", 0);
  failing = 1;
  await one.write(2);
  expect(await client.hgetall("monitor:agent_load")).toEqual({ a: "3", b: "1" });
  await one.write(3);
  one.forget("b");
  await one.write(4);
  expect(await client.hgetall("monitor:agent_load")).toEqual({ a: "0" });
  expect(await client.exists("monitor:msg_count")).toBe(0);
});

test("a number that others write with a fraction is counted on, and one key in disorder stops no other", async () => {
  await client.set("monitor:msg_count", "12.5");
  await client.set("monitor:errors", "many");
  await client.rpush("monitor:agent_load", "x");
  const one = monitor();
  one.answered("a", [answered(10), answered(10, true)]);
  one.load("a", 3);
  await one.write(1);
  expect(await client.get("monitor:msg_count")).toBe("14.5");
  expect(await client.get("monitor:errors")).toBe("many");
  expect(await client.lrange("monitor:agent_load", 0, -1)).toEqual(["x"]);
  expect(await client.hgetall("monitor:response_time")).toEqual({ a: "10" });
});

test("a load that is the whole fleet's changes by what ours changed, over restarts too", async () => {
  await client.set("monitor:agent_load", "100");
  const before = monitor();
  before.load("a", 5);
  before.load("b", 2);
  await before.write(1);
  expect(await client.get("monitor:agent_load")).toBe("107");
  await client.incrby("monitor:agent_load", 10);
  const after = monitor();
  after.load("a", 1);
  await after.write(2);
  expect(await client.get("monitor:agent_load")).toBe("113");
  after.forget("b");
  await after.write(3);
  expect(await client.get("monitor:agent_load")).toBe("111");
});
