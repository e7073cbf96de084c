/** Publish and subscribe: at most once from Redis, exactly once to it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BridgeMessage, Page } from "@orrery/protocol";
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

const bridge = (): Promise<TestedBridge> => connectedBridge({ platform, redis, peer }, "pubsub");

/** What is published on a channel from now on. */
async function listen(channel: string): Promise<string[]> {
  const heard: string[] = [];
  const listener = redis.client();
  listener.on("message", (_, text) => heard.push(text));
  await listener.subscribe(channel);
  return heard;
}

describe("a bridge in pub/sub mode", () => {
  test("hears what is published and answers where peers listen", async () => {
    const one = await bridge();
    const heard = await listen(one.names.results);
    await one.publish({ id: "a", reply: true }, { id: "b", reply: true });
    expect(await one.takes("a", "b")).toEqual(["a", "b"]);
    await until(async () => heard.length === 2);
    expect(heard.map((text) => JSON.parse(text) as unknown)).toEqual([
      { taskId: "a", result: "done" },
      { taskId: "b", result: "done" },
    ]);
  });

  test("knows its own messages again, and nobody else's", async () => {
    const one = await bridge();
    const text = JSON.stringify({ taskId: "mine", result: 1 });
    await platform.send(one.id, [{ key: "k", role: "results", value: { taskId: "mine", result: 1 } }]);
    await until(async () => (await one.record()).taken.length === 1);
    await peer.publish(one.names.results, text.replace("mine", "other"));
    await until(async () => (await one.record()).told.length === 1);
    const { taken } = await one.record();
    expect(taken[0]).toMatchObject({ role: "results", own: true });
    const { status } = await one.describe();
    expect(status.channels.find(({ role }) => role === "results")).toMatchObject({ sent: 1 });
  });

  test("counts what a peer's numbers say is missing", async () => {
    const one = await bridge();
    const numbered = (sequence: number) => ({ id: `n${sequence}`, header: { source: "peer", sequence } });
    await one.publish(numbered(1), numbered(2), numbered(5), numbered(6), numbered(1), numbered(2));
    await one.takes("n6");
    const { status } = await one.until(({ status: { channels } }) => channels[1]?.received === 6);
    expect(status.channels[1]).toMatchObject({ gaps: 2, lag: null, pending: null });
  });

  test("takes what is put off from memory, and buries what is refused", async () => {
    const one = await bridge();
    await one.publish(
      { id: "put off", behave: 2 },
      "no message",
      { id: "no", behave: "reject" },
      { id: "ok" },
    );
    expect(await one.takes("put off")).toEqual(["ok", "put off"]);
    const letters = await one.letters(2);
    expect(letters.map(({ reason }) => reason)).toEqual(["it said so", "it is not JSON"]);
  });

  test("listens again after the connection was cut", async () => {
    const one = await bridge();
    await redis.cut();
    await one.until(({ status }) => status.state === "connected" && status.reconnects === 1);
    await one.publish({ id: "after" });
    await one.takes("after");
  });

  test("listens to channels that the application adds, and says which a message came on", async () => {
    const one = await bridge();
    const private_ = `${one.names.results}:legacy:a`;
    await platform.json("POST", `/listen/${one.id}`, [private_]);
    await until(async () => (await peer.publish(private_, '{"id":"private"}')) > 0);
    await until(async () => (await one.record()).taken.some(({ channel }) => channel === private_));
  });

  test("is told when the connection came, and the time", async () => {
    const one = await bridge();
    await until(async () => (await one.record()).ticks > 0);
    expect((await one.record()).connected).toBe(1);
  });

  test("shows what passed, the newest first, sensitive parts hidden", async () => {
    const one = await bridge();
    const message = (type: string, content: object) => ({
      header: { source: "peer", target: "us", type, version: "2.0.0", priority: "LOW" },
      body: { content, metadata: { sent_at: "", version: "" }, timestamp: 0 },
      id: type,
    });
    await one.publish(
      message("PLAIN", { message: "Hello, my key is sk-abcdefghijklmnop", taskId: "t1" }),
      message("SEALED", { jwe: "eyJ.a.b.c.d" }),
      { ...message("QUIET", { message: "nobody's business" }), conceal: true },
      { id: "BARE", password: "hunter2", type: "sum", payload: { text: "1 + 1" } },
    );
    await one.takes("BARE");
    const path = `/bridges/${one.id}/messages`;
    const page = await platform.json<Page<BridgeMessage>>("GET", `${path}?limit=3`);
    const rest = await platform.json<Page<BridgeMessage>>("GET", `${path}?limit=3&cursor=${page.nextCursor}`);
    const all = [...page.items, ...rest.items].toReversed();
    expect(rest.nextCursor).toBeNull();
    expect(all.map(({ type, preview, encrypted }) => [type, preview, encrypted])).toEqual([
      ["PLAIN", "Hello, my key is [removed]", false],
      ["SEALED", "(encrypted)", true],
      ["QUIET", "(confidential)", false],
      ["sum", '{"text":"1 + 1"}', false],
    ]);
    expect(all[0]).toMatchObject({
      direction: "in",
      role: "tasks",
      source: "peer",
      target: "us",
      taskId: "t1",
    });
    expect(JSON.stringify(all)).not.toContain("hunter2");
  });

  test("changes its channels without forgetting who it is", async () => {
    const one = await bridge();
    const before = await one.describe();
    const moved = `${one.names.tasks}-moved`;
    await one.update({ channels: { tasks: { name: moved } } });
    await one.connected();
    await peer.publish(moved, '{"id":"moved"}');
    await one.publish({ id: "to nobody" });
    expect(await one.takes("moved")).toEqual(["moved"]);
    expect((await one.describe()).channels.results).toEqual(before.channels.results);
  });

  test("is gone when it was removed, and so is its connection", async () => {
    const one = await bridge();
    await one.remove();
    expect((await platform.fetch("GET", `/bridges/${one.id}`)).status).toBe(404);
    await until(async () => !String(await peer.client("LIST")).includes(`orrery:${one.id}`));
    const list = await platform.json<Page<{ id: string }>>("GET", "/bridges?limit=100");
    expect(list.items.some(({ id }) => id === one.id)).toBe(false);
    expect(await peer.publish(one.names.tasks, "{}")).toBe(0);
  });
});
