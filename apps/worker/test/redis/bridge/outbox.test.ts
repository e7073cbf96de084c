/** What becomes of messages that cannot be written, and of those beside them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRedis } from "../../../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";
import type { Outbound } from "../../../src/channels/index.ts";
import { trimScript } from "../../../src/channels/redis/scripts.ts";
import { TestedBridge, newNames, settingsOf } from "./bridges.ts";
import { startPlatform, until } from "./platform.ts";
import type { Platform } from "./platform.ts";

let platform: Platform;
let redis: RedisServer;
let peer: ReturnType<RedisServer["client"]>;

beforeAll(async () => {
  [platform, redis] = await Promise.all([
    startPlatform(),
    startRedis({ users: ["narrow on >narrow ~ns-* ~tasks-* ~results-* ~coordination-* &* +@all"] }),
  ]);
  peer = redis.client();
});
afterAll(async () => {
  await platform.stop();
  await redis.stop();
});

async function bridge(channel: object = {}, address: object = {}): Promise<TestedBridge> {
  const names = newNames();
  const settings = settingsOf({ kind: "tcp", url: redis.url, ...address }, names, "streams", channel);
  const { id } = await platform.create(settings);
  const made = new TestedBridge(platform, peer, names, id);
  await made.connected();
  return made;
}

const answer = (key: string, more: object = {}): Outbound => ({
  key,
  role: "results",
  value: { taskId: key, ...more },
});

const written = async (one: TestedBridge, count: number): Promise<unknown[]> => {
  await until(async () => (await one.results()).length === count);
  return (await one.results()).map(({ taskId }) => taskId);
};

describe("a message with half of a character in it", () => {
  test.each(["accept", "off"])(
    "goes out well-formed, and keeps no other back, with signing %s",
    async (signing) => {
      const one = await bridge({ signing });
      await platform.send(one.id, [
        answer("before"),
        answer("half", { trace: "a\ud800b", "\udfff": "\\ud800 🪐", twice: "\udead\ud801" }),
        answer("behind"),
      ]);
      expect(await written(one, 3)).toEqual(["before", "half", "behind"]);
      const [, half] = await one.results();
      expect(half).toMatchObject({ trace: "a\ufffdb", "\ufffd": "\\ud800 🪐", twice: "\ufffd\ufffd" });
      await one.until(({ status: { outbox, error } }) => outbox === 0 && error === undefined);
    },
  );
});

describe("a message that can never be signed", () => {
  test("is a dead letter, told to who sent it, and keeps no other back, over restarts", async () => {
    const one = await bridge({ signing: "accept" });
    await one.update({ enabled: false });
    const { taken } = await platform.send(one.id, [
      answer("before"),
      answer("never"),
      { ...answer("elsewhere"), role: "coordination" },
      answer("behind"),
    ]);
    expect(taken).toEqual(["before", "never", "elsewhere", "behind"]);
    await platform.write(one.id, `UPDATE bridge_outbox SET value = '{"taskId"' WHERE key = 'never'`);
    await one.update({ enabled: true });
    expect(await written(one, 2)).toEqual(["before", "behind"]);
    expect(await peer.xlen(one.names.coordination)).toBe(1);
    await until(async () => (await one.record()).told.length === 4);
    const { told } = await one.record();
    expect(told.find(({ key }) => key === "never")).toMatchObject({
      outcome: "undeliverable",
      reason: "It is no JSON",
    });
    const [letter] = await one.letters(1);
    expect(letter).toMatchObject({
      role: "results",
      deliveries: 0,
      reason: "ours, and never to be written: It is no JSON",
    });
    const again = await platform.fetch("POST", `/bridges/${one.id}/dead-letters/${letter?.id}/replay`);
    expect(again.status).toBe(409);
    expect(await platform.json("POST", `/bridges/${one.id}/replay`)).toEqual({ replayed: 0 });
    await platform.crash(one.id);
    await one.connected();
    await platform.send(one.id, [answer("after")]);
    expect(await written(one, 3)).toEqual(["before", "behind", "after"]);
    expect((await one.describe()).status).toMatchObject({ outbox: 0, deadLetters: 1 });
  });
});

describe("messages that are too large", () => {
  test("are refused with their reason, and those beside them are taken", async () => {
    const one = await bridge();
    const large = { text: "x".repeat(1024 * 1024) };
    const sent = await platform.send(one.id, [answer("a"), answer("large", large), answer("b")]);
    expect(sent).toEqual({
      taken: ["a", "b"],
      known: [],
      refused: [
        {
          key: "large",
          code: "payload_too_large",
          reason: expect.stringContaining("at most 1048576") as string,
        },
      ],
    });
    expect(await written(one, 2)).toEqual(["a", "b"]);
    expect((await platform.send(one.id, [answer("alone", large)])).refused).toMatchObject([{ key: "alone" }]);
  });
});

describe("a channel that the user may not write to", () => {
  test("waits by itself, and the bridge says why for as long as it does", async () => {
    const one = await bridge({}, { username: "narrow", password: "narrow" });
    const closed = { ...answer("closed"), channel: `closed-${one.id}` };
    await platform.send(one.id, [closed, answer("a"), { ...closed, key: "closed too" }, answer("b")]);
    expect(await written(one, 2)).toEqual(["a", "b"]);
    await one.until(({ status: { error } }) => error?.includes("look at the user's ACL") === true);
    await platform.send(one.id, [answer("c")]);
    expect(await written(one, 3)).toEqual(["a", "b", "c"]);
    expect((await one.describe()).status).toMatchObject({
      state: "connected",
      outbox: 2,
      error: expect.stringContaining("look at the user's ACL") as string,
    });
    await peer.acl("SETUSER", "narrow", `~closed-${one.id}`);
    await one.until(({ status: { outbox, error } }) => outbox === 0 && error === undefined);
    expect(await peer.xlen(closed.channel)).toBe(2);
  });
});

describe("what is written to a stream", () => {
  test("pushes no task out of it, and old results", async () => {
    const one = await bridge({ maxLength: 1_000 });
    await one.add({ id: "of a peer", behave: "ignore" });
    const many = (role: "results" | "tasks"): Outbound[] =>
      Array.from({ length: 1_500 }, (_, index) => ({
        key: `${role}-${index}`,
        role,
        value: { id: index, behave: "ignore" },
      }));
    await platform.send(one.id, [...many("tasks"), ...many("results")]);
    await one.until(({ status: { outbox } }) => outbox === 0);
    expect(await peer.xlen(one.names.tasks)).toBe(1_501);
    expect(await peer.xlen(one.names.results)).toBeLessThan(1_500);
  });

  test("takes the place of an entry in one step, and once", async () => {
    const one = await bridge();
    const [original = ""] = await one.add({ id: "task" });
    await one.takes("task");
    redis.pause();
    const copy: Outbound = { key: "copy", role: "tasks", value: { id: "task" }, replaces: original };
    await platform.send(one.id, [copy]);
    redis.resume();
    await one.until(({ status: { outbox } }) => outbox === 0);
    const entries = await peer.xrange(one.names.tasks, "-", "+");
    expect(entries.map(([id, [, text]]) => [id === original, text])).toEqual([[false, '{"id":"task"}']]);
    await platform.send(one.id, [copy]);
    await until(async () => (await one.record()).told.length === 2);
    expect(await peer.xlen(one.names.tasks)).toBe(1);
  });
});

describe("a stream of tasks that only we write to", () => {
  const fill = async (stream: string, count: number): Promise<string[]> => {
    const pipeline = peer.pipeline();
    for (let index = 0; index < count; index += 1) pipeline.xadd(stream, "*", "message", "{}");
    return ((await pipeline.exec()) ?? []).map(([, id]) => String(id));
  };
  const trim = (stream: string): Promise<unknown> => peer.eval(trimScript, 1, stream, "1000");

  test("is kept short, and nothing goes from it that not all of its groups have acknowledged", async () => {
    const stream = `tasks-trimmed-${process.pid}`;
    const ids = await fill(stream, 3_000);
    await trim(stream);
    expect(await peer.xlen(stream)).toBe(3_000);
    for (const group of ["one", "other"]) await peer.xgroup("CREATE", stream, group, "0");
    await trim(stream);
    expect(await peer.xlen(stream)).toBe(3_000);
    const read = async (group: string, count: number): Promise<void> => {
      await peer.call("XREADGROUP", "GROUP", group, "c", "COUNT", String(count), "STREAMS", stream, ">");
    };
    await read("one", 3_000);
    await peer.xack(stream, "one", ...ids);
    await read("other", 2_500);
    await peer.xack(stream, "other", ...ids.slice(0, 1_000), ...ids.slice(1_001));
    await trim(stream);
    const [first] = await peer.xrange(stream, "-", "+", "COUNT", 1);
    expect(ids.indexOf(first?.[0] ?? "")).toBeGreaterThan(800);
    expect(ids.indexOf(first?.[0] ?? "")).toBeLessThanOrEqual(1_000);
    await peer.xack(stream, "other", ids[1_000] ?? "");
    await trim(stream);
    expect(await peer.xlen(stream)).toBeLessThan(700);
  });
});
