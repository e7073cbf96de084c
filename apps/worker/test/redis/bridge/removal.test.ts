/** What a bridge leaves behind when it is removed, and what it does not lose on the way. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRedis } from "../../../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";
import type { Outbound } from "../../../src/channels/index.ts";
import { connectedBridge } from "./bridges.ts";
import type { TestedBridge } from "./bridges.ts";
import { startPlatform } from "./platform.ts";
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

const bridge = (): Promise<TestedBridge> => connectedBridge({ platform, redis, peer }, "streams");

const messages = (count: number): Outbound[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `k${index}`,
    role: "results",
    value: { taskId: index },
  }));

const groupsOf = async (stream: string): Promise<unknown[]> =>
  (await peer.xinfo("GROUPS", stream)) as unknown[];

describe("a bridge that is removed", () => {
  test("brings what it has to say to Redis first, and takes its groups out of it", async () => {
    const one = await bridge();
    await one.add("no message");
    await one.letters(1);
    await platform.send(one.id, messages(2_000));
    await one.remove();
    expect(await one.results()).toHaveLength(2_000);
    for (const stream of [one.names.tasks, one.names.results, one.names.coordination]) {
      expect(await groupsOf(stream)).toEqual([]);
    }
    // Whoever wants to know why something was not taken has some time for it.
    expect(await peer.ttl(`${one.group}:dead-letters`)).toBeGreaterThan(29 * 86_400);
    expect((await platform.fetch("GET", `/bridges/${one.id}`)).status).toBe(404);
  });

  test("stays where Redis does not take what it has to say, unless it is forced", async () => {
    const one = await bridge();
    await one.update({ enabled: false });
    await platform.send(one.id, messages(2));
    const answer = await platform.fetch("DELETE", `/bridges/${one.id}`);
    expect([answer.status, await answer.json()]).toMatchObject([
      409,
      {
        code: "conflict",
        detail: expect.stringContaining("2 messages of the bridge are not in Redis") as string,
      },
    ]);
    expect((await one.describe()).status).toMatchObject({ state: "disabled", outbox: 2 });
    await one.remove({ force: true });
    expect((await platform.fetch("GET", `/bridges/${one.id}`)).status).toBe(404);
    expect(await groupsOf(one.names.tasks)).toEqual([]);
    expect(await one.results()).toEqual([]);
  });

  test("goes although Redis cannot be reached, where there is nothing to be said", async () => {
    const one = await bridge();
    await one.update({ enabled: false });
    redis.pause();
    await one.remove();
    redis.resume();
    expect((await platform.fetch("GET", `/bridges/${one.id}`)).status).toBe(404);
  });
});
