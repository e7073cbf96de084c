/** Which hosts bridges reach, whatever an administrator of a workspace asks for, and what of others they tell. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RedisAddress } from "@orrery/protocol";
import { startRedis } from "../../../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";
import { TestedBridge, newNames, settingsOf } from "./bridges.ts";
import { startPlatform } from "./platform.ts";
import type { Platform } from "./platform.ts";
import { startReplicatedCluster } from "./servers.ts";

const directory = mkdtempSync(join(tmpdir(), "orrery-bridges-"));
let redis: RedisServer;
let platform: Platform | undefined;
const servers: Server[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await platform?.stop();
  for (const server of servers) server.close();
  await redis.stop();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

/** The platform anew, on the same storage, letting bridges reach these hosts. */
async function start(hosts: string): Promise<Platform> {
  await platform?.stop();
  platform = await startPlatform(directory, hosts);
  return platform;
}

/** A server of TCP on a loopback address, and its port. */
async function listen(server: Server, host = "127.0.0.1"): Promise<number> {
  servers.push(server.listen(0, host));
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const create = (on: Platform, address: RedisAddress): Promise<Response> =>
  on.fetch("POST", "/bridges", settingsOf(address, newNames(), "streams"));

const tcp = (host: string, port = 6379): RedisAddress => ({ kind: "tcp", url: `redis://${host}:${port}` });

async function bridge(on: Platform, address: RedisAddress): Promise<TestedBridge> {
  const names = newNames();
  const { id } = await on.create(settingsOf(address, names, "streams"));
  return new TestedBridge(on, redis.client(), names, id);
}

describe("where the operator lets bridges reach public hosts alone", () => {
  const addresses: [RedisAddress, string][] = [
    [tcp("127.0.0.1"), "redis.url"],
    [tcp("127.1"), "redis.url"],
    [tcp("[::ffff:127.0.0.1]"), "redis.url"],
    [tcp("localhost"), "redis.url"],
    [tcp("10.0.0.1"), "redis.url"],
    [tcp("redis"), "redis.url"],
    [tcp("169.254.169.254", 80), "redis.url"],
    [{ kind: "rest", url: "http://192.168.0.1/", token: "t" }, "redis.url"],
    [
      {
        kind: "sentinel",
        sentinels: [
          { host: "s.example", port: 1 },
          { host: "::1", port: 1 },
        ],
        master: "main",
        tls: false,
        db: 0,
      },
      "redis.sentinels.1.host",
    ],
    [{ kind: "cluster", nodes: [{ host: "fe80::1", port: 1 }], tls: false }, "redis.nodes.0.host"],
  ];

  test("there can be no bridge to any other", async () => {
    const on = await start("public");
    for (const [address, path] of addresses) {
      const answer = await create(on, address);
      expect([answer.status, await answer.json()]).toMatchObject([
        422,
        { errors: [{ path, message: expect.stringContaining("BRIDGE_HOSTS") as string }] },
      ]);
    }
  });

  test("one that is there already is changed as ever, and does not connect any more", async () => {
    const { id } = await bridge(await start("public,loopback"), tcp("127.0.0.1", redis.port));
    const on = await start("public");
    const one = new TestedBridge(on, redis.client(), newNames(), id);
    const { status } = await one.until((shown) => shown.status.error !== undefined);
    expect(status).toMatchObject({
      state: "disconnected",
      error: "This deployment does not let bridges reach this host (BRIDGE_HOSTS)",
    });
    expect(await one.update({ name: "Renamed" })).toMatchObject({ name: "Renamed" });
    await expect(one.update({ redis: tcp("127.0.0.1", redis.port) })).rejects.toThrow("422");
    await one.remove();
  });
});

describe("where the operator names hosts", () => {
  test("a server that a sentinel names besides is not connected to", async () => {
    const on = await start("127.0.0.1");
    let connections = 0;
    const elsewhere = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    const port = await listen(elsewhere, "127.0.0.2");
    const sentinel = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (data) => {
        const text = data.toString();
        if (/sentinel/i.test(text.split("CLIENT").at(-1) ?? "")) {
          socket.write(`*2\r\n$9\r\n127.0.0.2\r\n$${String(port).length}\r\n${port}\r\n`);
        } else socket.write(/info/i.test(text) ? "$0\r\n\r\n" : "+OK\r\n");
      });
    });
    const one = await bridge(on, {
      kind: "sentinel",
      sentinels: [{ host: "127.0.0.1", port: await listen(sentinel) }],
      master: "main",
      tls: false,
      db: 0,
    });
    const { status } = await one.until((shown) => shown.status.error !== undefined);
    expect(status.error).toContain("BRIDGE_HOSTS");
    expect(connections).toBe(0);
    await one.remove();
  });

  test("a node that a cluster names besides is not connected to, nor listened at", async () => {
    const on = await start("127.0.0.1,127.0.0.3");
    const servers = await startReplicatedCluster();
    const [master = 0, replica = 0] = servers.ports;
    const nodes = [{ host: "127.0.0.3", port: master }];
    for (let time = 0; time < 4; time += 1) {
      const names = newNames();
      const { id } = await on.create(settingsOf({ kind: "cluster", nodes, tls: false }, names, "pubsub"));
      const one = new TestedBridge(on, servers.client(master), names, id);
      await one.connected();
      await one.publish({ id: "heard" });
      await one.takes("heard");
      const connections = String(await servers.client(replica).client("LIST"));
      expect(connections.split("\n").filter((line) => line.includes("orrery"))).toEqual([]);
      await one.remove();
    }
    await servers.stop();
  });

  test("link-local addresses are not among them, whatever is named", async () => {
    const on = await start("public,private,loopback,169.254.0.0/16,169.254.169.254");
    expect((await create(on, tcp("169.254.169.254", 80))).status).toBe(422);
    expect((await create(on, { kind: "rest", url: "http://169.254.169.254/latest" })).status).toBe(422);
  });
});

describe("what is not a Redis", () => {
  const words = async (one: TestedBridge): Promise<string | undefined> => {
    const { status } = await one.until((shown) => shown.status.error !== undefined);
    await one.remove();
    return status.error;
  };

  test("is not told from what is not there", async () => {
    const on = await start("loopback");
    const secret = createServer((socket) => {
      socket.on("error", () => {});
      socket.write("SSH-2.0-secret\r\n");
    });
    const closed = createServer();
    const closedPort = await listen(closed);
    closed.close();
    const http = (status: number, body: string): Promise<number> =>
      listen(createHttpServer((_, response) => response.writeHead(status).end(body)));
    const rest = (port: number): RedisAddress => ({
      kind: "rest",
      url: `http://127.0.0.1:${port}/admin`,
      token: "t",
    });
    const said = new Set<string | undefined>();
    for (const address of [
      tcp("127.0.0.1", closedPort),
      tcp("127.0.0.1", await listen(secret)),
      rest(closedPort),
      rest(await http(200, "<h1>Internal secret</h1>")),
      rest(await http(404, "no such page")),
      rest(await http(401, "who are you?")),
      rest(await http(302, "elsewhere")),
    ]) {
      said.add(await words(await bridge(on, address)));
    }
    expect([...said]).toEqual([expect.stringContaining("no Redis answers at this address")]);
  });
});
