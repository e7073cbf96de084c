/** Redis over HTTP: what answers here forwards each command to a real Redis, as Upstash's address does. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
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

/** Milliseconds by which the clock of this Redis is ahead of the one that the test can read. */
let ahead = 0;
/** Of what is listened to, so that it can be cut. */
const listening = new Set<ServerResponse>();

/** One command, answered as `{"result": …}` or `{"error": …}`. */
async function forwarded([name = "", ...args]: string[]): Promise<object> {
  try {
    if (name === "TIME") {
      const now = Date.now() + ahead;
      return { result: [String(Math.floor(now / 1_000)), String((now % 1_000) * 1_000)] };
    }
    return { result: await forwarder.call(name, ...args) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** Server-sent events of what is published on a channel. */
async function subscribe(channel: string, response: ServerResponse): Promise<void> {
  const subscriber = new Redis(redis.port, { protocol: 2 });
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.once("close", () => {
    listening.delete(response);
    subscriber.disconnect();
  });
  listening.add(response);
  subscriber.on("message", (_, text) => response.write(`data: message,${channel},${text}\n\n`));
  await subscriber.subscribe(channel);
  response.write(`data: subscribe,${channel},1\n\n`);
}

function startServer(): Server {
  return createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const answer = async (): Promise<[number, unknown] | null> => {
        if (request.headers.authorization !== `Bearer ${token}`) return [401, { error: "Unauthorized" }];
        const [, channel] = /^\/subscribe\/(.+)$/.exec(request.url ?? "") ?? [];
        if (channel !== undefined) {
          await subscribe(decodeURIComponent(channel), response);
          return null;
        }
        const parsed = JSON.parse(body) as string[] & string[][];
        if (request.url === "/pipeline") return [200, await Promise.all(parsed.map(forwarded))];
        const one = await forwarded(parsed);
        return ["error" in one ? 400 : 200, one];
      };
      void answer().then((answered) => {
        if (answered === null) return;
        const [status, value] = answered;
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

async function bridge(
  given: string = token,
  mode: "pubsub" | "streams" = "streams",
  enabled = true,
): Promise<TestedBridge> {
  const names = newNames();
  const settings = settingsOf({ kind: "rest", url, token: given }, names, mode);
  const { id } = await platform.create({ ...settings, enabled });
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

  test("hears what is published, answers, and goes on where the stream was cut", async () => {
    const one = await bridge(token, "pubsub");
    await one.connected();
    const listener = redis.client();
    const heard: string[] = [];
    listener.on("message", (_, text) => heard.push(text));
    await listener.subscribe(one.names.results);
    await one.publish({ id: "a", reply: true, text: "line, and\\nline" }, "no message");
    await one.takes("a");
    await one.letters(1);
    await until(async () => heard.length === 1);
    expect(JSON.parse(heard[0] ?? "")).toEqual({ taskId: "a", result: "done" });
    for (const response of listening) response.destroy();
    await one.until(({ status: { state, reconnects } }) => state === "connected" && reconnects === 1);
    await one.publish({ id: "b" });
    expect(await one.takes("b")).toEqual(["a", "b"]);
    await one.remove();
    await until(async () => listening.size === 0);
  });

  test("reads by the clock of Redis, whose ids it sees, and not by its own", async () => {
    ahead = -3_600_000;
    try {
      const one = await bridge(token, "streams", false);
      const now = Date.now() + ahead;
      await peer.xadd(one.names.tasks, now - 60_000, "message", '{"id":"before"}');
      await peer.xadd(one.names.tasks, now, "message", '{"id":"while it was disabled"}');
      await one.update({ enabled: true });
      expect(await one.takes("while it was disabled")).toEqual(["while it was disabled"]);
    } finally {
      ahead = 0;
    }
  });
});
