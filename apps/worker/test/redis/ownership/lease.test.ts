/** The scripts of leases, one promise after the other. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startRedis } from "../../../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";
import type { BridgePort } from "../../../src/channels/redis/contract.ts";
import {
  type TakeFrom,
  claimLease,
  giveLeaseBack,
  observeLease,
} from "../../../src/applications/fuse/migration/lease.ts";
import { beat, isLegacyAlive, silence } from "../../../src/applications/fuse/state/legacy-signs.ts";
import { agentKeys } from "../../../src/applications/fuse/state/agent-keys.ts";
import type { Client } from "./observed-redis.ts";

let redis: RedisServer;
let client: Client;
let port: Pick<BridgePort, "command" | "script">;
let agent: string;
let keys: ReturnType<typeof agentKeys>;
let count = 0;
beforeAll(async () => {
  redis = await startRedis();
  client = redis.client();
  port = {
    command: (name = "", ...args) => client.call(name, ...args),
    script: (source, names, args) => client.eval(source, names.length, ...names, ...args),
  };
});
afterAll(() => redis.stop());
beforeEach(() => {
  agent = `agent-${++count}`;
  keys = agentKeys(agent);
});

const claim = async (holder: string, token: number, takeFrom: TakeFrom, percent: number | null = null) =>
  (await claimLease(port, agent, { holder, token, takeFrom, percent })).token;
const giveBack = async (holder: string, token: number) =>
  (await giveLeaseBack(port, agent, { holder, token })).token;
const owner = async () => JSON.parse((await client.get(keys.owner)) ?? "null") as unknown;

test("an entry says what peers are told it says, and ends with the lease", async () => {
  const before = Date.now();
  expect(await claim("one", 0, "legacy", 25)).toBe(1);
  const { until, ...entry } = (await owner()) as { until: number };
  expect(entry).toEqual({ owner: "orrery", token: 1, holder: "one", percent: 25 });
  expect(until).toBeGreaterThanOrEqual(before + 30_000);
  expect(Math.abs((await client.pexpiretime(keys.owner)) - until)).toBeLessThan(1_000);
  expect(await client.get(keys.fence)).toBe("1");
  await giveBack("one", 1);
  expect(await owner()).toEqual({ owner: "legacy", token: 2, until: null });
  expect(await client.pttl(keys.owner)).toBe(-1);
});

test("renewing keeps the token, also after the lease ran out while nobody took one", async () => {
  expect(await claim("one", 0, "legacy")).toBe(1);
  expect(await claim("one", 1, "nobody")).toBe(1);
  await client.del(keys.owner);
  expect(await claim("one", 1, "nobody")).toBe(1);
  expect(await observeLease(port, agent)).toMatchObject({ owner: "orrery", holder: "one", token: 1 });
});

test("a lease that somebody else had meanwhile does not come back by renewing", async () => {
  await claim("one", 0, "legacy");
  expect(await claim("two", 0, "legacy")).toBe(0);
  expect(await claim("two", 0, "anyone")).toBe(2);
  expect(await claim("one", 1, "nobody")).toBe(0);
  await client.del(keys.owner);
  expect(await claim("one", 1, "nobody")).toBe(0);
  expect(await claim("one", 1, "legacy")).toBe(3);
  expect(await claim("two", 2, "nobody")).toBe(0);
});

test("an answer that was lost is asked for again, and changes nothing", async () => {
  await claim("one", 0, "legacy");
  expect(await claim("one", 0, "legacy")).toBe(1);
  expect(await giveBack("one", 1)).toBe(2);
  expect(await giveBack("one", 1)).toBe(2);
});

test("the existing system's ownership is taken where that is asked for, and else stays", async () => {
  await claim("one", 0, "legacy");
  await giveBack("one", 1);
  expect(await claim("one", 1, "nobody")).toBe(0);
  expect(await claim("two", 0, "legacy")).toBe(3);
  expect(await giveBack("one", 1)).toBe(0);
});

test("tokens go on where Redis lost its data, and what nobody can read is nobody's", async () => {
  await claim("one", 0, "legacy");
  await client.del(keys.owner, keys.fence);
  expect(await claim("one", 7, "nobody")).toBe(0);
  expect(await claim("one", 7, "legacy")).toBe(8);
  await client.set(keys.owner, "mine!");
  expect(await claim("one", 8, "legacy")).toBe(9);
});

const now = Date.UTC(2026, 10, 21);

test.each([
  ["a time of now", new Date(now - 5_000).toISOString(), true],
  ["milliseconds", String(now - 5_000), true],
  ["seconds", String(Math.round(now / 1_000) - 5), true],
  ["a word", "alive", true],
  ["a time long ago", new Date(now - 61_000).toISOString(), false],
])("a heartbeat that is %s: alive is %3$s", async (_, text, alive) => {
  await client.set(keys.heartbeat, text);
  expect(await isLegacyAlive(port, agent, now)).toBe(alive);
});

test("a heartbeat of ours is no sign of the existing agent, and goes without taking its", async () => {
  expect(await isLegacyAlive(port, agent, now)).toBe(false);
  await beat(port, agent, { status: "active", now });
  expect(await isLegacyAlive(port, agent, now)).toBe(false);
  expect([await client.get(keys.heartbeat), await client.get(keys.status)]).toEqual([
    "2026-11-21T00:00:00.000Z",
    "active",
  ]);
  expect(await client.pttl(keys.heartbeat)).toBeGreaterThan(0);
  await client.set(keys.heartbeat, String(now));
  expect(await isLegacyAlive(port, agent, now)).toBe(true);
  await silence(port, agent);
  expect(await client.get(keys.heartbeat)).toBe(String(now));
  await beat(port, agent, { status: "active", now });
  await silence(port, agent);
  expect(await client.exists(keys.heartbeat, keys.heartbeatBy)).toBe(0);
});

test("a heartbeat of another type is a sign of life", async () => {
  await client.hset(keys.heartbeat, "at", "whenever");
  expect(await isLegacyAlive(port, agent, now)).toBe(true);
});
