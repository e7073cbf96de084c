/** What cannot be taken now keeps nothing else back, and is neither lost nor held against it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRedis } from "../../../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";
import { connectedBridge } from "./bridges.ts";
import type { TestedBridge } from "./bridges.ts";
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

const bridge = (mode: "pubsub" | "streams" = "streams"): Promise<TestedBridge> =>
  connectedBridge({ platform, redis, peer }, mode);

/** A peer says on the channel of coordination that what waits for `lane` may come. */
const open = (one: TestedBridge, lane: string): Promise<unknown> =>
  peer.xadd(one.names.coordination, "*", "message", JSON.stringify({ id: `open ${lane}`, open: lane }));

const inLane = (lane: string, count: number): { id: string; lane: string }[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${lane}-${index}`, lane }));

describe("entries that wait for the same", () => {
  test("stay in their stream, keep no others back, and come in their order once they may", async () => {
    const one = await bridge();
    await one.add(...inLane("a", 700), ...inLane("b", 2), { id: "free" });
    await one.takes("free");
    await until(async () => (await one.pending()) === 702);
    await one.add({ id: "free too" });
    await one.takes("free too");
    await open(one, "b");
    expect(await one.takes("b-0", "b-1")).toEqual(["free", "free too", "b-0", "b-1"]);
    await open(one, "a");
    const taken = await one.takes("a-699");
    expect(taken.slice(4)).toEqual(inLane("a", 700).map(({ id }) => id));
    await until(async () => (await one.pending()) === 0);
    expect((await one.describe()).status).toMatchObject({ deadLetters: 0 });
  });

  test("are before those that come when they may go on, and have not yet", async () => {
    const one = await bridge();
    await one.add(...inLane("e", 3));
    await until(async () => (await one.pending()) === 3);
    await one.add({ id: "open e", open: "e" }, { id: "e-3", lane: "e" });
    expect(await one.takes("e-3")).toEqual(["open e", "e-0", "e-1", "e-2", "e-3"]);
    await until(async () => (await one.pending()) === 0);
  });

  test("wait on after the object was gone, and are not taken for what nobody can stomach", async () => {
    const one = await bridge();
    await one.add(...inLane("c", 3));
    await until(async () => (await one.pending()) === 3);
    // As often as Redis may have given it to us by then.
    const [[id]] = (await peer.xpending(one.names.tasks, one.group, "-", "+", 1)) as [[string]];
    const claim = [one.names.tasks, one.group, `orrery:${one.id}`, "0", id, "RETRYCOUNT", "500", "JUSTID"];
    await peer.call("XCLAIM", ...claim);
    await platform.crash(one.id);
    await one.add({ id: "free" });
    await one.takes("free");
    await open(one, "c");
    expect(await one.takes("c-2")).toEqual(["free", "c-0", "c-1", "c-2"]);
    expect((await one.describe()).status).toMatchObject({ deadLetters: 0 });
  });

  test("are forgotten where their entries were deleted", async () => {
    const one = await bridge();
    const [id = ""] = await one.add(...inLane("d", 2));
    await until(async () => (await one.pending()) === 2);
    await peer.xdel(one.names.tasks, id);
    await open(one, "d");
    expect(await one.takes("d-1")).toEqual(["d-1"]);
    await until(async () => (await one.pending()) === 0);
  });
});

describe("entries that are larger than messages may be", () => {
  const mebibyte = 1024 * 1024;
  const sent = async (): Promise<number> =>
    Number(/total_net_output_bytes:(\d+)/.exec(await peer.info("stats"))?.[1]);

  test("go to the dead letters without having been here, new ones and those that we were given before", async () => {
    const one = await bridge();
    await one.update({ enabled: false });
    const text = "x".repeat(24 * mebibyte);
    for (let index = 0; index < 4; index += 1) await peer.xadd(one.names.tasks, "*", "message", text);
    await peer.xreadgroup(
      ...(["GROUP", one.group, `orrery:${one.id}`, "COUNT", 2] as const),
      ...(["STREAMS", one.names.tasks, ">"] as const),
    );
    await one.add({ id: "behind" });
    const before = await sent();
    await one.update({ enabled: true });
    await one.takes("behind");
    const letters = await one.letters(4);
    expect((await sent()) - before).toBeLessThan(4 * mebibyte);
    expect(letters[0]).toMatchObject({
      reason: `it has ${text.length} bytes, and a message has at most 1048576 characters`,
    });
    await until(async () => (await one.pending()) === 0);
  });

  test("and those that are as large as may be are read a few at a time", async () => {
    const one = await bridge();
    await one.update({ enabled: false });
    const filler = "x".repeat(mebibyte - 100);
    await one.add(...Array.from({ length: 40 }, (_, index) => ({ id: `large-${index}`, filler })));
    await one.update({ enabled: true });
    await one.takes("large-39");
    await until(async () => (await one.pending()) === 0);
  });
});

describe("what is published and put off", () => {
  test("waits as long as there is room for it, and what finds none is a gap", async () => {
    const one = await bridge("pubsub");
    const filler = "x".repeat(1024 * 1024 - 100);
    for (let index = 0; index < 40; index += 1) {
      await one.publish({ id: `large-${index}`, behave: 5, filler });
      // One after the other: it is what was put off that is to fill the room.
      await one.until(({ status: { channels } }) => channels[1]?.received === index + 1);
    }
    const { status } = await one.until(({ status: { channels } }) => {
      const { accepted = 0, gaps = 0 } = channels[1] ?? {};
      return accepted + gaps === 40;
    });
    expect(status.channels[1]?.gaps).toBeGreaterThan(0);
    expect(status.channels[1]?.accepted).toBeGreaterThan(0);
    expect(status).toMatchObject({ deadLetters: 0 });
    await one.publish({ id: "after" });
    await one.takes("after");
  });
});

describe("a bridge that ends between two messages", () => {
  test("knows what the second leaves out, and its counts are no smaller than anyone has seen them", async () => {
    const one = await bridge("pubsub");
    const numbered = (sequence: number) => ({ id: `n${sequence}`, header: { source: "peer", sequence } });
    await one.publish(numbered(1), numbered(4));
    await one.takes("n4");
    const { status } = await one.until(({ status: { channels } }) => channels[1]?.accepted === 2);
    await platform.crash(one.id);
    await one.connected();
    await until(async () => (await peer.pubsub("NUMSUB", one.names.tasks))[1] === 1);
    const after = (await one.describe()).status;
    expect(after.channels[1]).toMatchObject({ received: 2, accepted: 2, gaps: 2 });
    expect(after.reconnects).toBeGreaterThanOrEqual(status.reconnects);
    await one.publish(numbered(8));
    await one.takes("n8");
    await one.until(({ status: { channels } }) => channels[1]?.gaps === 5);
  });
});
