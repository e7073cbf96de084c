/** Who may connect, who is believed, and what is never shown. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RedisAddress } from "@orrery/protocol";
import { startRedis } from "../../../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";
import { TestedBridge, newNames, settingsOf } from "./bridges.ts";
import type { Names } from "./bridges.ts";
import { startPlatform, until } from "./platform.ts";
import type { Platform } from "./platform.ts";

const password = "correct-horse-battery-staple";
const directory = mkdtempSync(join(tmpdir(), "orrery-bridges-"));
let platform: Platform;
let redis: RedisServer;
let peer: ReturnType<RedisServer["client"]>;

beforeAll(async () => {
  [platform, redis] = await Promise.all([
    startPlatform(directory),
    startRedis({
      password,
      users: [
        `bridge on >${password}-too ~* &* +@all`,
        `reader on >${password}-too ~* &* +@read +@connection`,
      ],
    }),
  ]);
  peer = redis.client();
});
afterAll(async () => {
  await platform.stop();
  await redis.stop();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

async function bridge(
  address: Partial<RedisAddress>,
  mode: "pubsub" | "streams" = "streams",
  channel: object = {},
): Promise<TestedBridge> {
  const names = newNames();
  const redisAddress = { kind: "tcp", url: redis.url, ...address } as RedisAddress;
  const { id } = await platform.create(settingsOf(redisAddress, names, mode, channel));
  return new TestedBridge(platform, peer, names, id);
}

/** Every file in a folder, as one text. */
function contentsOf(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
}

describe("credentials", () => {
  test.each([
    ["a password", { password }],
    ["a user of the ACL", { username: "bridge", password: `${password}-too` }],
  ])("%s lets the bridge in, and is nowhere to be seen", async (_, credentials) => {
    const one = await bridge(credentials);
    await one.connected();
    await one.add({ id: "in" });
    await one.takes("in");
    const shown = await one.describe();
    expect(shown.secretSet).toBe(true);
    expect(JSON.stringify(shown)).not.toContain(password);
    expect(contentsOf(directory)).toContain(one.id);
    expect(contentsOf(directory)).not.toContain(password);
  });

  test.each([
    ["none", {}, "Redis asks for a password, and the bridge has none."],
    ["a wrong password", { password: "hunter2" }, "Redis refused the user name or the password."],
    [
      "a user without the rights",
      { username: "reader", password: `${password}-too` },
      "The user may not do what the bridge needs to do there: look at the user's ACL.",
    ],
  ])("%s is told in words", async (_, credentials, words) => {
    const one = await bridge(credentials);
    const { status } = await one.until((shown) => shown.status.error !== undefined);
    expect(status).toMatchObject({ error: words });
    expect(status.state).not.toBe("connected");
    await one.remove();
  });

  test("are kept while the address stays, replaced, removed, and not shown to another server", async () => {
    const one = await bridge({ password });
    await one.connected();
    await one.update({ redis: { kind: "tcp", url: redis.url } });
    expect((await one.connected()).secretSet).toBe(true);
    const moved = await one.update({ redis: { kind: "tcp", url: "redis://127.0.0.1:1" } });
    expect(moved.secretSet).toBe(false);
    await one.update({ redis: { kind: "tcp", url: redis.url, password } });
    await one.connected();
    const open = await one.update({ redis: { kind: "tcp", url: redis.url, password: "" } });
    expect(open.secretSet).toBe(false);
    await one.remove();
  });
});

describe("another workspace", () => {
  test("neither sees nor changes a bridge", async () => {
    const one = await bridge({ password });
    for (const [method, path, body] of [
      ["GET", ""],
      ["PATCH", "", { enabled: false }],
      ["DELETE", ""],
      ["GET", "/messages"],
      ["GET", "/dead-letters"],
      ["POST", "/replay"],
      ["POST", "/dead-letters/1-1/replay"],
      ["DELETE", "/dead-letters/1-1"],
    ] as const) {
      const answer = await platform.fetch(method, `/bridges/${one.id}${path}?workspace=other`, body);
      expect([method, path, answer.status]).toEqual([method, path, 404]);
    }
    await one.connected();
    expect(await platform.json("GET", "/bridges?workspace=other")).toEqual({ items: [], nextCursor: null });
  });
});

describe("what cannot be", () => {
  test.each([
    [{ kind: "rest", url: "ftp://redis.example" }, "streams", "redis.url"],
    [{ kind: "tcp", url: "redis://host:99999" }, "streams", "redis.url"],
  ] as const)("%o with %s is refused", async (address, mode, path) => {
    const settings = settingsOf(address, newNames(), mode);
    const answer = await platform.fetch("POST", "/bridges", settings);
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain(`"path":"${path}"`);
  });

  test("two channels of one name are refused", async () => {
    const settings = settingsOf(
      { kind: "tcp", url: redis.url },
      { ...newNames(), tasks: "one", results: "one" },
      "streams",
    );
    const answer = await platform.fetch("POST", "/bridges", settings);
    expect([answer.status, await answer.text()]).toEqual([
      422,
      expect.stringContaining("channels.results.name"),
    ]);
  });
});

describe("signatures", () => {
  test("where they are asked for, only what is signed is taken, and once", async () => {
    const one = await bridge({ password }, "streams", { signing: "require" });
    await one.connected();
    const signed = await one.signed({ id: "signed" });
    await one.add({ id: "unsigned" }, signed, { ...signed, id: "altered" }, signed);
    await one.takes("signed");
    const reasons = (await one.letters(3)).map(({ reason }) => reason);
    expect(reasons.toReversed()).toEqual([
      "it is not signed, and this channel takes signed messages alone",
      expect.any(String),
      "The message was seen before",
    ]);
    const { taken } = await one.record();
    expect(taken.map(({ name, signer }) => [name, signer])).toEqual([["signed", "workspace"]]);
  });

  test("the same entry may come again", async () => {
    const one = await bridge({ password }, "streams", { signing: "require" });
    await one.connected();
    await one.add(await one.signed({ id: "twice", behave: 1 }));
    await one.takes("twice");
    expect((await one.record()).taken[0]).toMatchObject({ deliveries: 2, signer: "workspace" });
  });

  test("where they are accepted, ours are made and what is unsigned is taken", async () => {
    const one = await bridge({ password }, "pubsub", { signing: "accept" });
    await one.connected();
    const listener = redis.client();
    const heard: string[] = [];
    listener.on("message", (_, text) => heard.push(text));
    await listener.subscribe(one.names.results);
    await one.publish({ id: "unsigned", reply: true });
    await one.takes("unsigned");
    await until(async () => heard.length === 1);
    const answer = JSON.parse(heard[0] ?? "") as Record<string, unknown>;
    expect(answer["taskId"]).toBe("unsigned");
    expect(answer["signature"]).toMatch(/^[\w-]+\.\.[\w-]+$/);
    // What we signed, others may check where it was signed for: here, another bridge of the same namespace.
    const settings = settingsOf({ kind: "tcp", url: redis.url, password }, one.names, "streams", {
      signing: "require",
    });
    const { id } = await platform.create(settings);
    const other = new TestedBridge(platform, peer, one.names, id);
    await other.connected();
    await peer.xadd(one.names.results, "*", "message", heard[0] ?? "");
    await until(async () => (await other.record()).taken.some(({ signer }) => signer === "workspace"));
    await other.remove();
  });

  test("are good for the channel of the bridge that they were made for, and for no other", async () => {
    const one = await bridge({ password }, "streams", { signing: "require" });
    const other = await bridge({ password }, "streams", { signing: "accept" });
    await Promise.all([one.connected(), other.connected()]);
    const signed = await one.signed({ id: "signed" });
    await one.add(signed, await platform.sign({ id: "for nobody" }));
    await one.takes("signed");
    await other.add(signed, await platform.sign({ id: "for nobody" }));
    await other.takes("for nobody");
    await peer.xadd(one.names.coordination, "*", "message", JSON.stringify(signed));
    const here = `here that is "${one.names.namespace}/`;
    expect((await one.letters(2)).map(({ reason }) => reason).toSorted()).toEqual([
      `The message was signed for somebody else; ${here}${one.names.coordination}"`,
      `The message's signature does not say for whom it is; ${here}${one.names.tasks}"`,
    ]);
    const [letter] = await other.letters(1);
    expect(letter?.reason).toContain("signed for somebody else");
  });

  test("count in a stream whose ids say nothing of the time", async () => {
    const names = newNames();
    const { id } = await platform.create(
      settingsOf({ kind: "tcp", url: redis.url, password }, names, "streams", { signing: "require" }),
    );
    const counted = new TestedBridge(platform, peer, names, id);
    await counted.connected();
    await peer.xadd(names.tasks, "5-1", "message", JSON.stringify(await counted.signed({ id: "small" })));
    await peer.xadd(
      names.tasks,
      "99999999999999-1",
      "message",
      JSON.stringify(await counted.signed({ id: "large" })),
    );
    await counted.takes("small", "large");
  });

  test.each([
    ["streams", 409],
    ["pubsub", 201],
  ] as const)(
    "are for one bridge alone where two are in different databases of a server: %s, %i",
    async (mode, status) => {
      const one = await bridge({ password }, mode, { signing: "accept" });
      const to = (database: string) =>
        settingsOf({ kind: "tcp", url: `${redis.url}${database}`, password }, one.names, mode, {
          signing: "accept",
        });
      const elsewhere = await platform.fetch("POST", "/bridges", to("/1"));
      expect(elsewhere.status).toBe(status);
      const beside = await platform.create(to("/0"));
      for (const made of [await elsewhere.json(), beside] as { id?: string }[]) {
        if (made.id !== undefined) await new TestedBridge(platform, peer, one.names, made.id).remove();
      }
    },
  );

  test("are for one bridge alone where two of a namespace are connected elsewhere", async () => {
    const one = await bridge({ password }, "streams", { signing: "accept" });
    const elsewhere = (names: Names, signing: string) =>
      settingsOf({ kind: "tcp", url: "redis://127.0.0.2:1" }, names, "streams", { signing });
    const refused = await platform.fetch("POST", "/bridges", elsewhere(one.names, "require"));
    expect([refused.status, await refused.text()]).toEqual([
      409,
      expect.stringContaining("another namespace, or its channel another name"),
    ]);
    for (const settings of [elsewhere(one.names, "off"), elsewhere(newNames(), "require")]) {
      const { id } = await platform.create(settings);
      await new TestedBridge(platform, peer, one.names, id).remove();
    }
    const { id } = await platform.create(elsewhere(one.names, "off"));
    const other = new TestedBridge(platform, peer, one.names, id);
    const tasks = { name: one.names.tasks, mode: "streams", signing: "accept" };
    await expect(other.update({ channels: { tasks } })).rejects.toThrow("409");
    await other.update({ redis: { kind: "tcp", url: redis.url, password } });
    await other.update({ channels: { tasks } });
    await other.remove();
  });
});
