/** Redis that is more than one server. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RedisAddress } from "@orrery/protocol";
import { Cluster } from "ioredis";
import { TestedBridge, newNames, settingsOf } from "./bridges.ts";
import { startPlatform, until } from "./platform.ts";
import type { Platform } from "./platform.ts";
import { startCluster, startSentinel } from "./servers.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

describe("a cluster", () => {
  test.each(["streams", "pubsub"] as const)("is bridged, in %s mode, over all of its nodes", async (mode) => {
    const servers = await startCluster();
    const nodes = servers.ports.map((port) => ({ host: "127.0.0.1", port }));
    const cluster = new Cluster(nodes);
    const names = newNames();
    const { id } = await platform.create(settingsOf({ kind: "cluster", nodes }, names, mode));
    // What a test asks of a peer is the same of a cluster.
    const one = new TestedBridge(platform, cluster as never, names, id);
    await one.connected();
    const send = (...messages: (object | string)[]): Promise<unknown> =>
      mode === "streams" ? one.add(...messages) : one.publish(...messages);
    await send({ id: "a" }, "no message", { id: "put off", behave: 1 });
    await one.takes("a", "put off");
    await one.letters(1);

    const fence = { key: `lease-${id}`, token: 3 };
    await cluster.set(fence.key, JSON.stringify({ owner: "orrery", token: 3 }));
    const answer = (key: string, token: number) => ({
      key,
      role: "results" as const,
      value: { taskId: key },
      fence: { ...fence, token },
      keep: { key: `kept-${key}`, value: key, seconds: 60 },
    });
    await platform.send(id, [answer("ours", 3), answer("stale", 2)]);
    await until(async () => (await one.record()).told.length === 2);
    await platform.send(id, [answer("ours", 3)]);
    await until(async () => (await one.record()).told.length === 3);
    expect((await one.record()).told.map(({ key, outcome }) => `${key} ${outcome}`)).toEqual([
      "ours written",
      "stale fenced",
      "ours written",
    ]);
    expect(await cluster.get("kept-ours")).toBe("ours");
    if (mode === "streams") expect(await one.results()).toEqual([{ taskId: "ours" }]);
    await one.remove();
    cluster.disconnect();
    await servers.stop();
  });
});

describe("a master that is found by a sentinel", () => {
  test("is followed when it becomes another", async () => {
    const servers = await startSentinel("main");
    const [master = 0, replica = 0, sentinel = 0] = servers.ports;
    const names = newNames();
    const address: RedisAddress = {
      kind: "sentinel",
      sentinels: [{ host: "127.0.0.1", port: sentinel }],
      master: "main",
      tls: false,
      db: 0,
    };
    const { id } = await platform.create(settingsOf(address, names, "streams"));
    const before = new TestedBridge(platform, servers.client(master), names, id);
    await before.connected();
    await before.add({ id: "before" });
    await before.takes("before");
    await servers.kill(master);
    const after = new TestedBridge(platform, servers.client(replica), names, id);
    await until(async () => (await servers.client(replica).info("replication")).includes("role:master"));
    await after.add({ id: "after" });
    expect(await after.takes("after")).toEqual(["before", "after"]);
    await after.remove();
    await servers.stop();
  });
});
