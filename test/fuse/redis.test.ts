/** The instrument itself: what it says of the Redis it starts must hold, or nothing that is built on it does. */
import { existsSync } from "node:fs";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { startRedis } from "./redis.ts";
import type { RedisServer, RedisServerOptions } from "./redis.ts";

const started: RedisServer[] = [];
const start = async (options?: RedisServerOptions): Promise<RedisServer> => {
  const redis = await startRedis(options);
  started.push(redis);
  return redis;
};
afterEach(async () => {
  for (const redis of started.splice(0)) await redis.stop();
});

describe("a Redis for tests", () => {
  it("keeps what it has answered across kill -9, where it appends", async () => {
    const redis = await start({ appendOnly: true });
    const client = redis.client();
    await client.set("kept", "yes");
    await redis.kill();
    await redis.start();
    expect(await client.get("kept")).toBe("yes");
  });

  it("answers nothing while it is paused, and goes on after", async () => {
    const redis = await start();
    const client = redis.client();
    await client.ping();
    redis.pause();
    let answered = false;
    const answer = client.ping().then(() => (answered = true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    redis.resume();
    await answer;
  });

  it("cuts the connections of others and none of the test's own", async () => {
    const redis = await start();
    const own = redis.client();
    const closed: string[] = [];
    await own.ping();
    own.on("close", () => closed.push("own"));
    const other = new Redis({ port: redis.port, retryStrategy: () => null });
    await other.ping();
    const cut = new Promise((resolve) => other.once("close", resolve));
    await redis.cut();
    await cut;
    await own.ping();
    expect(closed).toEqual([]);
  });

  it("asks for the password and the user that it was given", async () => {
    const redis = await start({ password: "of all", users: ["bridge on >of-one ~* &* +@all"] });
    const as = (username: string, password: string) =>
      redis.client({ username, password, retryStrategy: () => null });
    expect(await redis.client().ping()).toBe("PONG");
    expect(await as("bridge", "of-one").acl("WHOAMI")).toBe("bridge");
    await expect(as("bridge", "another").ping()).rejects.toThrow("WRONGPASS");
  });

  it("serves TLS to those who trust its authority", async () => {
    const redis = await start({ tls: true });
    expect(await redis.client().ping()).toBe("PONG");
    await expect(redis.client({ tls: {}, retryStrategy: () => null }).ping()).rejects.toThrow(
      "Connection is closed",
    );
  });

  it("leaves nothing behind", async () => {
    const redis = await startRedis();
    await redis.stop();
    expect(existsSync(redis.directory)).toBe(false);
  });
});
