/** Redis over HTTP: what answers here forwards each command to a real Redis, as Upstash's address does. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRedis } from "../../../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";
import { TestedBridge, newNames, settingsOf } from "./bridges.ts";
import { startPlatform, until } from "./platform.ts";
import type { Platform } from "./platform.ts";

const token = "the-token-of-the-rest-form";
let platform: Platform;
let redis: RedisServer;
let peer: ReturnType<RedisServer["client"]>;
/** Speaks RESP2, in whose forms Upstash answers. */
let forwarder: Redis;
let server: Server;
let url: string;

/** One command, answered as `{"result": …}` or `{"error": …}`. */
async function forwarded([name = "", ...args]: string[]): Promise<object> {
  try {
    return { result: await forwarder.call(name, ...args) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function startServer(): Server {
  return createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const answer = async (): Promise<[number, unknown]> => {
        if (request.headers.authorization !== `Bearer ${token}`) return [401, { error: "Unauthorized" }];
        const parsed = JSON.parse(body) as string[] & string[][];
        if (request.url === "/pipeline") return [200, await Promise.all(parsed.map(forwarded))];
        const one = await forwarded(parsed);
        return ["error" in one ? 400 : 200, one];
      };
      void answer().then(([status, value]) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      });
    });
  });
}

beforeAll(async () => {
  [platform, redis] = await Promise.all([startPlatform(), startRedis()]);
  peer = redis.client();
  forwarder = new Redis(redis.port, { protocol: 2 });
  server = startServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await platform.stop();
  server.close();
  server.closeAllConnections();
  forwarder.disconnect();
  await redis.stop();
});

async function bridge(given: string = token): Promise<TestedBridge> {
  const names = newNames();
  const { id } = await platform.create(settingsOf({ kind: "rest", url, token: given }, names, "streams"));
  return new TestedBridge(platform, peer, names, id);
}

describe("a bridge over the REST form", () => {
  test("takes over, puts off, buries and answers as over TCP", async () => {
    const one = await bridge();
    await one.connected();
    await one.add({ id: "a", reply: true }, "no message", { id: "put off", behave: 1 });
    await one.takes("a", "put off");
    await one.letters(1);
    await until(async () => (await one.results()).length === 1);
    await until(async () => (await one.pending()) === 0);
    const shown = await one.describe();
    expect(shown).toMatchObject({ secretSet: true, redis: { kind: "rest", url } });
    expect(JSON.stringify(shown)).not.toContain(token);
  });

  test("says that its token is refused", async () => {
    const one = await bridge("another");
    const { status } = await one.until((shown) => shown.status.error !== undefined);
    expect(status.error).toBe("Redis refused the user name or the password.");
    await one.remove();
  });

  test("goes on when the address answers again", async () => {
    const one = await bridge();
    await one.connected();
    const { port } = server.address() as AddressInfo;
    server.close();
    server.closeAllConnections();
    await one.until(({ status }) => status.state !== "connected");
    server = startServer().listen(port, "127.0.0.1");
    await one.connected();
    await one.add({ id: "after" });
    await one.takes("after");
  });
});
