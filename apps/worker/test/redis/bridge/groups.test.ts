/** Whose entries are whose: bridges beside each other and beside others, clocks that differ, bridges from before. */
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
  [platform, redis] = await Promise.all([startPlatform(), startRedis()]);
  peer = redis.client();
});
afterAll(async () => {
  await platform.stop();
  await redis.stop();
});

async function bridge(names = newNames(), enabled = true): Promise<TestedBridge> {
  const settings = settingsOf({ kind: "tcp", url: redis.url }, names, "streams");
  const { id } = await platform.create({ ...settings, enabled });
  const made = new TestedBridge(platform, peer, names, id);
  if (enabled) await made.connected();
  return made;
}

const groupsOf = async (stream: string): Promise<string[]> => {
  const rows = (await peer.xinfo("GROUPS", stream)) as unknown[][];
  return rows.map((row) => String(row[1])).toSorted();
};

describe("two bridges to one Redis, of one namespace", () => {
  test("both hear every task, and each has its own dead letters", async () => {
    const names = newNames();
    const [one, other] = [await bridge(names), await bridge(names)];
    const ids = Array.from({ length: 40 }, (_, index) => `task-${index}`);
    await one.add(...ids.map((id) => ({ id })), "no message");
    expect(await one.takes(...ids)).toEqual(ids);
    expect(await other.takes(...ids)).toEqual(ids);
    const [[letter], [others]] = [await one.letters(1), await other.letters(1)];
    await platform.json("DELETE", `/bridges/${one.id}/dead-letters/${letter?.id}`);
    expect(await one.letters(0)).toEqual([]);
    expect(await other.letters(1)).toEqual([others]);
  });

  test("send messages of the same key, and each is written", async () => {
    const names = newNames();
    const [one, other] = [await bridge(names), await bridge(names)];
    for (const [index, { id }] of [one, other].entries()) {
      await platform.send(id, [{ key: "k", role: "results", value: { taskId: "k", by: index } }]);
    }
    await until(async () => (await one.results()).length === 2);
  });
});

describe("a group that has the name of the namespace", () => {
  test("is the existing system's, and is left alone", async () => {
    const names = newNames();
    await peer.xgroup("CREATE", names.tasks, names.namespace, "$", "MKSTREAM");
    const one = await bridge(names);
    await one.add({ id: "ours" });
    await one.takes("ours");
    const group = ["GROUP", names.namespace, "theirs", "COUNT", "10", "STREAMS", names.tasks, ">"] as const;
    expect(JSON.stringify(await peer.call("XREADGROUP", ...group))).toContain("ours");
    expect(await groupsOf(names.tasks)).toEqual([names.namespace, one.group]);
  });
});

describe("a bridge from when bridges of a namespace had a group in common", () => {
  /** Turns what is in Redis and on disk of a disabled bridge into what an earlier version left. */
  async function makeOld(one: TestedBridge): Promise<void> {
    const { namespace, tasks, results, coordination } = one.names;
    for (const stream of [tasks, results, coordination]) {
      await peer.xgroup("CREATE", stream, namespace, "0", "MKSTREAM");
      await peer.xgroup("DESTROY", stream, one.group);
    }
    for (const statement of [
      `UPDATE bridge_streams SET joined = 1`,
      `ALTER TABLE bridge DROP COLUMN shared_until`,
      `ALTER TABLE bridge DROP COLUMN shared_letters`,
    ]) {
      await platform.write(one.id, statement);
    }
  }

  const readAs = (one: TestedBridge, consumer: string): Promise<unknown> =>
    peer.xreadgroup("GROUP", one.names.namespace, consumer, "COUNT", 1, "STREAMS", one.names.tasks, ">");

  test("goes on where it stopped, with what it was given and its dead letters, and takes no others'", async () => {
    const one = await bridge();
    await one.update({ enabled: false });
    await makeOld(one);
    await one.add({ id: "acknowledged" }, { id: "given" }, { id: "another's" }, { id: "not read yet" });
    const { namespace, tasks } = one.names;
    await readAs(one, `orrery:${one.id}`);
    const [[first]] = (await peer.xpending(tasks, namespace, "-", "+", 1)) as [[string]];
    await peer.xack(tasks, namespace, first);
    await readAs(one, `orrery:${one.id}`);
    await readAs(one, "orrery:another");
    const letter = { role: "tasks", channel: tasks, entry: "1-1", reason: "old", payload: '{"id":"letter"}' };
    await peer.xadd(`${namespace}:dead-letters`, "*", ...Object.entries(letter).flat());
    await platform.crash(one.id);
    await one.update({ enabled: true });

    expect(await one.takes("not read yet")).toEqual(["given", "not read yet"]);
    expect((await one.record()).taken[0]).toMatchObject({ name: "given", deliveries: 2 });
    await until(async () => (await one.pending()) === 0);
    const left = (await peer.xpending(tasks, namespace, "-", "+", 10)) as [string, string][];
    expect(left.map(([, consumer]) => consumer)).toEqual(["orrery:another"]);
    expect(await groupsOf(tasks)).toEqual([namespace, one.group]);
    // Where nobody else was in it, the group has gone.
    expect(await groupsOf(one.names.results)).toEqual([namespace, one.group]);

    await one.add("no message");
    const letters = await one.letters(2);
    expect(letters.map(({ reason }) => reason)).toEqual(["it is not JSON", "old"]);
    const path = `/bridges/${one.id}/dead-letters`;
    expect(await platform.json("GET", `${path}?limit=1`)).toMatchObject({ items: [letters[0]] });
    expect((await platform.fetch("POST", `${path}/${letters[1]?.id}/replay`)).status).toBe(204);
    await one.takes("letter");
    await one.letters(1);
    expect(await peer.xlen(`${namespace}:dead-letters`)).toBe(0);
  });

  test("writes nothing twice that was written under an old name", async () => {
    const one = await bridge();
    await one.update({ enabled: false });
    const message = (key: string) => ({ key, role: "results" as const, value: { taskId: key } });
    await platform.send(one.id, [message("written"), message("not written")]);
    await makeOld(one);
    await peer.set(`${one.names.namespace}:sent:written`, "1");
    await platform.crash(one.id);
    await platform.send(one.id, [message("new")]);
    await one.update({ enabled: true });
    await one.until(({ status: { outbox } }) => outbox === 0);
    expect((await one.results()).map(({ taskId }) => taskId)).toEqual(["not written", "new"]);
  });
});

describe("a stream whose ids are behind our clock", () => {
  test("is read from now on", async () => {
    const names = newNames();
    await peer.xadd(names.tasks, "5-1", "message", '{"id":"before"}');
    const one = await bridge(names);
    await peer.xadd(names.tasks, "5-2", "message", '{"id":"after"}');
    await peer.xadd(names.results, "7-1", "message", '{"id":"in a new stream"}');
    expect(await one.takes("after")).toEqual(["after"]);
    await until(async () => (await one.record()).taken.some(({ name }) => name === "in a new stream"));
  });
});

describe("a stream that is deleted while it is waited in", () => {
  test("is read again as it comes back, over the same connection", async () => {
    const one = await bridge();
    await one.add({ id: "before" });
    await one.takes("before");
    await until(async () => (await one.pending()) === 0);
    await peer.del(one.names.tasks, one.names.coordination, one.names.results);
    await one.add({ id: "after" });
    await one.takes("after");
    expect((await one.describe()).status).toMatchObject({ state: "connected", reconnects: 0 });
  });
});

describe("a bridge that is connected elsewhere", () => {
  test("reads there what is new, although it has read a stream of that name before", async () => {
    const one = await bridge();
    await one.add({ id: "before" }, { id: "put off", lane: "shut" });
    await one.takes("before");
    const other = redis.client({ db: 1 });
    await other.xadd(one.names.tasks, Date.now() - 3_600_000, "message", '{"id":"long before"}');
    await one.update({ redis: { kind: "tcp", url: `${redis.url}/1` } });
    await one.connected();
    await other.xadd(one.names.tasks, "*", "message", '{"id":"after"}');
    expect(await one.takes("after")).toEqual(["before", "after"]);
    await one.update({ redis: { kind: "tcp", url: redis.url } });
    await one.add({ id: "back" });
    expect(await one.takes("back")).toEqual(["before", "after", "back"]);
    await until(async () => (await one.pending()) === 1);
  });
});
