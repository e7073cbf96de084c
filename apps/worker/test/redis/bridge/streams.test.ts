/** Streams: at least once from Redis, exactly once to it, whatever happens to either side. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRedis } from "../../../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";
import { TestedBridge, newNames, settingsOf } from "./bridges.ts";
import { startPlatform, until } from "./platform.ts";
import type { Platform } from "./platform.ts";

let platform: Platform;
let redis: RedisServer;
let peer: ReturnType<RedisServer["client"]>;

beforeAll(async () => {
  [platform, redis] = await Promise.all([startPlatform(), startRedis({ appendOnly: true })]);
  peer = redis.client();
});
afterAll(async () => {
  await platform.stop();
  await redis.stop();
});

async function bridge(more: object = {}): Promise<TestedBridge> {
  const names = newNames();
  const settings = settingsOf({ kind: "tcp", url: redis.url }, names, "streams");
  const { id } = await platform.create({ ...settings, ...more });
  const made = new TestedBridge(platform, peer, names, id);
  if (!("enabled" in more)) await made.connected();
  return made;
}

const numbered = (count: number): { id: string }[] =>
  Array.from({ length: count }, (_, index) => ({ id: `task-${index}` }));

describe("from a stream", () => {
  test("messages are handed over in order and acknowledged", async () => {
    const one = await bridge();
    await one.add(...numbered(20));
    expect(await one.takes("task-19")).toEqual(numbered(20).map(({ id }) => id));
    await until(async () => (await one.pending()) === 0);
    const { status } = await one.until(({ status: { channels } }) => channels[1]?.accepted === 20);
    expect(status.redisVersion).toMatch(/^\d/);
    expect(status.channels[1]).toMatchObject({
      role: "tasks",
      received: 20,
      accepted: 20,
      rejected: 0,
      receivedPerMinute: 20,
      pending: 0,
      lag: 0,
    });
  });

  test("a message is found in an entry's only field, whatever that is called", async () => {
    const one = await bridge();
    await peer.xadd(one.names.tasks, "*", "data", '{"id":"other field"}');
    await peer.xadd(one.names.tasks, "*", "trace", "abc", "message", '{"id":"among others 🪐"}');
    expect(await one.takes("other field", "among others 🪐")).toHaveLength(2);
  });

  test("what was added before the bridge was made is not read, what was added while it was disabled is", async () => {
    const names = newNames();
    await peer.xadd(names.tasks, Date.now() - 3_600_000, "message", '{"id":"long before"}');
    const settings = settingsOf({ kind: "tcp", url: redis.url }, names, "streams");
    const { id } = await platform.create({ ...settings, enabled: false });
    const one = new TestedBridge(platform, peer, names, id);
    await one.add({ id: "meanwhile" });
    expect((await one.describe()).status.state).toBe("disabled");
    await one.update({ enabled: true });
    await one.add({ id: "after" });
    expect(await one.takes("after")).toEqual(["meanwhile", "after"]);
  });

  test("what is no message goes to the dead letters with the reason, and the rest goes on", async () => {
    const one = await bridge();
    await one.add("{", "[1]", '"text"', `{"id":"${"x".repeat(1024 * 1024)}"}`);
    await peer.xadd(one.names.tasks, "*", "a", "1", "b", "2");
    await one.add({ id: "refused", behave: "reject" }, { id: "good" });
    await one.takes("good");
    const letters = await one.letters(6);
    expect(letters.map(({ reason }) => reason).toReversed()).toEqual([
      "it is not JSON",
      "it is JSON, but not an object",
      "it is JSON, but not an object",
      expect.stringContaining("a message has at most 1048576"),
      "the entry has no field `message`",
      "it said so",
    ]);
    expect(letters[0]).toMatchObject({
      role: "tasks",
      deliveries: 1,
      payload: '{"id":"refused","behave":"reject"}',
    });
    await until(async () => (await one.pending()) === 0);
    await one.until(({ status }) => status.deadLetters === 6);
  });

  test("what is put off comes again, and keeps nothing else back", async () => {
    const one = await bridge();
    await one.add({ id: "put off", behave: 2 }, { id: "next" });
    expect(await one.takes("put off")).toEqual(["next", "put off"]);
    const { taken } = await one.record();
    expect(taken.map(({ deliveries }) => deliveries)).toEqual([1, 3]);
  });

  test("one that nobody can stomach does not keep those beside it back", async () => {
    const one = await bridge({ enabled: false });
    await one.add({ id: "before" }, { id: "poison", behave: "throw" }, { id: "behind" });
    await one.update({ enabled: true });
    expect(await one.takes("behind")).toEqual(["before", "behind"]);
    expect(await one.pending()).toBe(1);
  });

  test("what another consumer was given and left alone is taken over", async () => {
    const one = await bridge();
    await one.update({ enabled: false });
    const [id = ""] = await one.add({ id: "abandoned" });
    const { tasks } = one.names;
    await peer.xreadgroup("GROUP", one.group, "gone", "STREAMS", tasks, ">");
    await peer.xclaim(tasks, one.group, "gone", 0, id, "IDLE", 120_000);
    await one.update({ enabled: true });
    await one.takes("abandoned");
    await until(async () => (await one.pending()) === 0);
  });

  test("dead letters can be taken in again or thrown away", async () => {
    const one = await bridge();
    await one.add({ id: "first", behave: 1 }, "no message", { id: "refused", behave: "reject" });
    await one.takes("first");
    const [refused, bad] = await one.letters(2);
    const letter = `/bridges/${one.id}/dead-letters`;
    const again = await platform.fetch("POST", `${letter}/${refused?.id}/replay`);
    expect([again.status, await again.json()]).toMatchObject([
      409,
      { code: "conflict", detail: "It was not taken over this time either: it said so" },
    ]);
    expect((await platform.fetch("DELETE", `${letter}/${bad?.id}`)).status).toBe(204);
    expect((await platform.fetch("DELETE", `${letter}/${bad?.id}`)).status).toBe(404);
    expect((await platform.fetch("POST", `${letter}/1-1/replay`)).status).toBe(404);
    // What was refused for good reason then may be taken now.
    const old = {
      role: "tasks",
      channel: one.names.tasks,
      entry: "1-1",
      reason: "old",
      payload: '{"id":"good by now"}',
      deliveries: "3",
    };
    await peer.xadd(`${one.group}:dead-letters`, "*", ...Object.entries(old).flat());
    expect(await platform.json("POST", `/bridges/${one.id}/replay`)).toEqual({ replayed: 1 });
    expect(await one.takes("good by now")).toHaveLength(2);
    expect(await one.letters(1)).toHaveLength(1);
  });
});

describe("to a stream", () => {
  test("a message is written once, however often it is sent", async () => {
    const one = await bridge();
    const message = { key: "once", role: "results", value: { taskId: "once", result: 1 } } as const;
    await platform.send(one.id, [message, message]);
    await until(async () => (await one.record()).told.length === 1);
    await platform.send(one.id, [message]);
    await until(async () => (await one.record()).told.length === 2);
    expect(await one.results()).toEqual([{ taskId: "once", result: 1 }]);
    expect((await one.record()).told).toEqual([
      { key: "once", outcome: "written" },
      { key: "once", outcome: "written" },
    ]);
  });

  test("an answer sent while Redis is away waits on disk, in order", async () => {
    const one = await bridge();
    redis.pause();
    const messages = numbered(300).map(({ id }) => ({
      key: id,
      role: "results" as const,
      value: { taskId: id },
    }));
    await platform.send(one.id, messages);
    await one.until(({ status }) => status.outbox === 300);
    await platform.crash(one.id);
    redis.resume();
    await until(async () => (await one.results()).length === 300);
    expect((await one.results()).map(({ taskId }) => taskId)).toEqual(numbered(300).map(({ id }) => id));
    await one.until(({ status }) => status.outbox === 0);
  });

  test("under a lease nothing is written that is another's", async () => {
    const one = await bridge();
    const key = `lease-${one.id}`;
    const under = (name: string, token: number, lease = key) => ({
      key: name,
      role: "results" as const,
      value: { taskId: name },
      fence: { key: lease, token },
      keep: { key: `kept-${name}-${one.id}`, value: name, seconds: 60 },
    });
    await peer.set(key, JSON.stringify({ owner: "orrery", token: 7, until: 0 }));
    await platform.send(one.id, [under("ours", 7), under("stale", 6), under("none", 7, "no-lease")]);
    await until(async () => (await one.record()).told.length === 3);
    expect((await one.record()).told.map(({ outcome }) => outcome)).toEqual(["written", "fenced", "fenced"]);
    expect(await peer.get(`kept-ours-${one.id}`)).toBe("ours");
    expect(await peer.get(`kept-stale-${one.id}`)).toBeNull();
    // Kept back once, it may go under the lease that is held now.
    await platform.send(one.id, [under("stale", 7)]);
    await until(async () => (await one.results()).length === 2);
    // Written once, it stays written, whoever holds the lease by then.
    await peer.set(key, JSON.stringify({ owner: "legacy", token: 8, until: null }));
    await platform.send(one.id, [under("ours", 7)]);
    await until(async () => (await one.record()).told.length === 5);
    expect((await one.record()).told.at(-1)).toEqual({ key: "ours", outcome: "written" });
  });

  test("what a channel does not take waits, and others go on; the bridge says why", async () => {
    const one = await bridge();
    const private_ = `private-${one.id}`;
    await peer.set(private_, "no stream");
    await platform.send(one.id, [
      { key: "stuck", role: "results", value: { taskId: "stuck" }, channel: private_ },
      { key: "free", role: "results", value: { taskId: "free" } },
    ]);
    await until(async () => (await one.results()).length === 1);
    const { status } = await one.until(({ status: { error } }) => error !== undefined);
    expect(status).toMatchObject({ state: "connected", outbox: 1 });
    expect(status.error).toContain("no stream");
    await peer.del(private_);
    await one.until(({ status: { outbox, error } }) => outbox === 0 && error === undefined);
    expect(await peer.xlen(private_)).toBe(1);
  });

  test("an outbox that is full says so", async () => {
    const one = await bridge({ enabled: false });
    const many = (from: number) =>
      Array.from({ length: 5_000 }, (_, index) => ({
        key: `k${from + index}`,
        role: "results" as const,
        value: {},
      }));
    await platform.send(one.id, many(0));
    await platform.send(one.id, many(5_000));
    await expect(platform.send(one.id, many(10_000))).rejects.toThrow("rate_limited");
    await one.remove({ force: true });
  });

  test("nothing stays in Redis of what is known to be written", async () => {
    const one = await bridge();
    const guards = (): Promise<string[]> => peer.keys(`${one.group}:sent:*`);
    await platform.send(one.id, [{ key: "a", role: "results", value: {} }]);
    await until(async () => (await guards()).length === 1);
    await platform.send(one.id, [{ key: "b", role: "results", value: {} }]);
    await until(async () => (await guards())[0] === `${one.group}:sent:b`);
  });
});

describe("when the connection goes", () => {
  test.each([
    { how: "is cut", hurt: () => redis.cut() },
    { how: "ends with Redis, which is killed and starts again", hurt: () => redis.start() },
  ])("as it $how, it comes back and nothing is lost", async ({ hurt }) => {
    const one = await bridge();
    await one.add({ id: "before", reply: true });
    await one.takes("before");
    await hurt();
    await one.add({ id: "after", reply: true });
    expect(await one.takes("after")).toEqual(["before", "after"]);
    await until(async () => (await one.results()).length === 2);
    const { status } = await one.connected();
    expect(status.reconnects).toBe(1);
    expect(status.error).toBeUndefined();
  });

  test("a Redis that is silent is left and met again", async () => {
    const one = await bridge();
    redis.pause();
    const { status } = await one.until(({ status: { state } }) => state !== "connected");
    expect(status.error).toBe("Redis did not answer in time.");
    redis.resume();
    await one.add({ id: "after" });
    await one.takes("after");
  });

  test("a Redis that became a replica is left for whoever takes writes", async () => {
    const one = await bridge();
    await peer.replicaof("127.0.0.1", "1");
    await platform.send(one.id, [{ key: "k", role: "results", value: { taskId: "k" } }]);
    const { status } = await one.until(({ status: { error } }) => error?.includes("replica") === true);
    expect(status).toMatchObject({ error: "This Redis is a replica, which can only be read.", outbox: 1 });
    expect(status.state).not.toBe("connected");
    await peer.replicaof("NO", "ONE");
    await until(async () => (await one.results()).length === 1);
    await one.connected();
  });

  test("a Redis that is full takes nothing for a while, and loses and repeats nothing", async () => {
    const one = await bridge();
    await one.add({ id: "before", reply: true });
    await until(async () => (await one.results()).length === 1);
    await peer.config("SET", "maxmemory", "1");
    await platform.send(one.id, [{ key: "k", role: "results", value: { taskId: "k" } }]);
    const { status } = await one.until(({ status: { error } }) => error !== undefined);
    expect(status).toMatchObject({ state: "connected", outbox: 1 });
    expect(status.error).toBe("Redis has no memory left for what is written (maxmemory).");
    await peer.config("SET", "maxmemory", "0");
    await one.until(({ status: { outbox, error } }) => outbox === 0 && error === undefined);
    await one.add({ id: "after", reply: true });
    await until(async () => (await one.results()).length === 3);
    expect(await one.taken()).toEqual(["before", "after"]);
  });

  test("a Redis that was emptied is set up again", async () => {
    const one = await bridge();
    await one.add({ id: "before" });
    await one.takes("before");
    await peer.del(one.names.tasks);
    await one.add({ id: "after" });
    expect(await one.takes("after")).toEqual(["before", "after"]);
  });

  test("what was read and not acknowledged is handed over again after the object was gone", async () => {
    const one = await bridge();
    await one.add({ id: "not yet", behave: 1 });
    await until(async () => (await one.pending()) === 1);
    await platform.crash(one.id);
    await one.takes("not yet");
  });
});
