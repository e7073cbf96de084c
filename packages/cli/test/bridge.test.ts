/** Bridges to Redis. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timestamp, type Bridge, type BridgeMessage } from "@orrery/protocol";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startWireServer, type WireServer } from "../../client/test/wire/wire-server.ts";
import { runCli } from "../src/cli.ts";
import { cli, fakeTerminal } from "./fake-terminal.ts";

let wire: WireServer;
let folder: string;

beforeAll(async () => {
  wire = await startWireServer();
  folder = mkdtempSync(join(tmpdir(), "orrery-bridge-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await wire.close();
});
afterEach(() => {
  wire.forgetBridges();
  wire.requests.length = 0;
});

const env = () => ({ ORRERY_URL: wire.url, ORRERY_TOKEN: wire.token });
const orrery = (line: string, options: Parameters<typeof cli>[1] = {}) =>
  cli(line.split(" "), { cwd: folder, ...options, env: { ...env(), ...options.env } });

async function json<Value>(line: string, options: Parameters<typeof cli>[1] = {}): Promise<Value> {
  const { code, out, err } = await orrery(`${line} --json`, options);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Value;
}

const lastBody = (): unknown => wire.requests.findLast(({ body }) => body !== undefined)?.body;
const create = (name = "newfuse") => json<Bridge>(`bridge create ${name} --redis redis://127.0.0.1:6379`);

describe("bridge create", () => {
  test("connects, and shows the connection and the channels", async () => {
    const { code, out } = await orrery("bridge create newfuse --redis redis://127.0.0.1:6379 --mode streams");
    expect(code).toBe(0);
    expect(out).toMatch(/^newfuse {2}connected\n/);
    expect(out).toMatch(/\nversion +7\.2\.4\n/);
    expect(out).toMatch(/\nCHANNEL +NAME +MODE +IN +IN\/MIN +OUT/);
    expect(out).toMatch(/\ntasks +AI_TASK_CHANNEL +streams +3 +1 +4 +2 +1 +5 +1 /);
  });

  test("reads its namespace from the configuration of the existing system", async () => {
    const file = join(folder, "newfuse.json");
    const from = async (configuration: unknown, options = "") => {
      writeFileSync(file, typeof configuration === "string" ? configuration : JSON.stringify(configuration));
      return await orrery(`bridge create x --redis redis://r:1 --config ${file}${options}`);
    };
    const whole = {
      namespace: "their-agents",
      persistence: { type: "durable-objects", database: true },
      communication: { websocket: true, redis: true },
      more: "of theirs",
    };
    expect(await from(whole)).toMatchObject({ code: 0, err: "" });
    expect(lastBody()).toEqual({
      name: "x",
      redis: { kind: "tcp", url: "redis://r:1" },
      namespace: "their-agents",
    });
    await from(whole, " --namespace mine");
    expect(lastBody()).toMatchObject({ namespace: "mine" });
    await from({});
    expect(lastBody()).toMatchObject({ namespace: "newfuse-agents" });
    const less = {
      persistence: { type: "durable-objects", database: false },
      communication: { websocket: false },
    };
    expect((await from(less)).err).toMatch(/persistence\.database.+\n.*communication\.websocket/);
    expect(await from({ communication: { redis: false } })).toMatchObject({ code: 2 });
    const files = await from({ persistence: { type: "files" } });
    expect([files.code, files.err.includes("persistence.type")]).toEqual([2, true]);
    expect(await from({ namespace: "two words" })).toMatchObject({ code: 2 });
    expect((await from("{")).err).toContain("not JSON");
  });

  test("takes each channel's name, mode and policies, alone or for all", async () => {
    await orrery(
      "bridge create x --redis redis://r:1 --mode streams --mode coordination=pubsub --channel tasks=jobs --signing accept --encryption results=require --namespace n",
    );
    expect(lastBody()).toEqual({
      name: "x",
      redis: { kind: "tcp", url: "redis://r:1" },
      namespace: "n",
      channels: {
        coordination: { name: "AI_COORDINATION_CHANNEL", mode: "pubsub", signing: "accept" },
        tasks: { name: "jobs", mode: "streams", signing: "accept" },
        results: { name: "AI_RESULT_CHANNEL", mode: "streams", signing: "accept", encryption: "require" },
      },
    });
  });

  test.each([
    ["--mode tasks=post", "Expected one of pubsub, streams"],
    ["--mode mail=streams", "Expected one of coordination, tasks, results"],
    ["--channel jobs", "Expected role=value"],
    ["--max-length tasks=many", "Expected a whole number"],
  ])("does not take %s", async (options, words) => {
    const { code, err } = await orrery(`bridge create x --redis redis://r:1 ${options}`);
    expect([code, err]).toEqual([2, expect.stringContaining(words)]);
    expect(wire.requests).toEqual([]);
  });

  test("reads the password from a file, a pipe or the environment, and shows it nowhere", async () => {
    writeFileSync(join(folder, "pw"), "s3cret\n");
    const redis = { kind: "tcp", url: "rediss://r:1/2", username: "ann", password: "s3cret" };
    const line = "bridge create x --redis rediss://r:1/2 --username ann";
    const { out } = await orrery(`${line} --password-file pw`);
    expect(lastBody()).toMatchObject({ redis });
    expect(out).toMatch(/\nas +ann, with a password\n/);
    expect(out).not.toContain("s3cret");
    await orrery(`${line} --password-file -`, { input: "s3cret" });
    expect(lastBody()).toMatchObject({ redis });
    await orrery(line, { env: { REDIS_PASSWORD: "s3cret" } });
    expect(lastBody()).toMatchObject({ redis });
    await orrery("bridge create x --redis rediss://ann:s3cret@r:1/2");
    expect(lastBody()).toMatchObject({ redis });
    expect(await orrery(`${line} --password-file none`)).toMatchObject({ code: 2 });
  });

  test("takes Sentinels, a Cluster, and the REST form", async () => {
    await orrery("bridge create x --sentinel s1:26379 --sentinel [::1]:26380 --master main --tls");
    const sentinels = [
      { host: "s1", port: 26_379 },
      { host: "::1", port: 26_380 },
    ];
    expect(lastBody()).toMatchObject({ redis: { kind: "sentinel", sentinels, master: "main", tls: true } });
    await orrery("bridge create x --cluster n1:1");
    expect(lastBody()).toMatchObject({ redis: { kind: "cluster", nodes: [{ host: "n1", port: 1 }] } });
    await orrery("bridge create x --rest https://r.example", { env: { REDIS_PASSWORD: "t" } });
    expect(lastBody()).toMatchObject({ redis: { kind: "rest", url: "https://r.example", token: "t" } });
    expect(await orrery("bridge create x --cluster here")).toMatchObject({ code: 2 });
    expect(await orrery("bridge create x --cluster n:1 --redis redis://r:1")).toMatchObject({ code: 2 });
    expect(await orrery("bridge create x")).toMatchObject({ code: 2 });
  });

  test("waits until it is connected", async () => {
    const bridge = await create();
    const status = { ...bridge.status, state: "connecting" as const };
    wire.fail("POST /api/v1/bridges", { status: 201, body: JSON.stringify({ ...bridge, status }) });
    const { code, out } = await orrery("bridge create newfuse --redis redis://r:1");
    expect([code, out]).toEqual([0, expect.stringMatching(/^newfuse {2}connected\n/)]);
  });

  test("fails where Redis is not reached in time, and keeps the bridge", async () => {
    const bridge = await create();
    const status = { ...bridge.status, state: "disconnected" as const, error: "connect ECONNREFUSED" };
    wire.fail("POST /api/v1/bridges", { status: 201, body: JSON.stringify({ ...bridge, status }) });
    const { code, out, err } = await orrery("bridge create newfuse --redis redis://r:1 --wait 0");
    expect(code).toBe(1);
    expect(out).toContain("newfuse  disconnected");
    expect(err).toBe("orrery: newfuse is not connected: connect ECONNREFUSED.\n");
  });
});

describe("a bridge", () => {
  test("is found by its name, its id, or alone", async () => {
    expect((await orrery("bridge status")).err).toContain("There are no bridges. Make one:");
    const { id } = await create();
    for (const which of ["", " newfuse", " NEWFUSE", ` ${id}`]) {
      expect((await orrery(`bridge status${which}`)).out).toContain(id);
    }
    await create("other");
    const { code, err } = await orrery("bridge status");
    expect([code, err]).toEqual([1, expect.stringContaining("There are 2 bridges: say which.")]);
    expect((await orrery("bridge status nobody")).err).toContain("There is no bridge nobody.");
    expect((await orrery("bridge")).out).toMatch(/^ID +NAME +STATE +REDIS/);
  });

  test("keeps of a channel what is not changed, and can be parted and connected", async () => {
    await create();
    await orrery("bridge update newfuse --mode tasks=streams");
    await orrery("bridge update newfuse --signing tasks=require");
    const channel = { name: "AI_TASK_CHANNEL", mode: "streams", signing: "require" };
    expect(lastBody()).toMatchObject({ channels: { tasks: channel } });
    expect((await orrery("bridge update newfuse --disable")).out).toMatch(/^newfuse {2}disabled\n/);
    expect((await orrery("bridge status newfuse")).code).toBe(0);
    expect((await orrery("bridge update newfuse --enable")).out).toMatch(/^newfuse {2}connected\n/);
    expect(await orrery("bridge update newfuse")).toMatchObject({ code: 2 });
    expect(await orrery("bridge update newfuse --username ann")).toMatchObject({ code: 2 });
  });

  test("is deleted only when that is meant", async () => {
    const { id } = await create();
    expect(await orrery("bridge delete newfuse")).toMatchObject({ code: 2 });
    expect(await orrery("bridge delete newfuse --yes")).toMatchObject({
      code: 0,
      out: `Deleted newfuse (${id}).\n`,
    });
    expect(wire.bridges.bridges.size).toBe(0);
  });

  test("shows its dead letters with their reasons, and takes them in again", async () => {
    await create();
    expect((await orrery("bridge dead-letters")).err).toBe("There are no dead letters.\n");
    for (const id of ["1-0", "2-0", "3-0"]) {
      const reason = "a task needs an id";
      const letter = {
        id,
        role: "tasks" as const,
        reason,
        payload: "{\u001b[2J}",
        deliveries: 5,
        at: timestamp(0),
      };
      wire.bridges.deadLetters.set(id, letter);
    }
    const { out } = await orrery("bridge dead-letters");
    expect(out).toMatch(
      /^ID +CHANNEL +WHEN +TIMES +REASON +PAYLOAD\n3-0 +tasks .+ a task needs an id +\{\[2J\}\n/,
    );
    expect(await orrery("bridge replay newfuse")).toMatchObject({ code: 2 });
    expect(await orrery("bridge replay newfuse 1-0 --all")).toMatchObject({ code: 2 });
    expect((await orrery("bridge replay newfuse 1-0")).out).toBe("Took in 1 dead letter again.\n");
    expect((await orrery("bridge discard newfuse 2-0 --yes")).out).toBe("Forgot 2-0.\n");
    expect(await json("bridge replay newfuse --all")).toEqual({ replayed: 1 });
    expect(wire.bridges.replayed).toEqual(["1-0", "3-0"]);
  });
});

describe("bridge tail", () => {
  const message = (id: string, more: Partial<BridgeMessage> = {}): BridgeMessage => ({
    id,
    at: timestamp(0),
    direction: "in",
    role: "tasks",
    source: "planner",
    target: "summarizer",
    type: "TASK",
    taskId: "t-1",
    signed: true,
    encrypted: false,
    preview: "Summarize\nthis",
    ...more,
  });

  test("prints the past, the oldest first, and stops there where it is told to", async () => {
    await create();
    wire.bridges.messages.push(message("1"), message("2", { direction: "out", role: "results" }));
    const { code, out } = await orrery("bridge tail --no-follow");
    expect([code, out.split("\n")[0]]).toEqual([
      0,
      "1970-01-01T00:00:00.000Z  → tasks         TASK               planner > summarizer  t-1  signed  Summarize this",
    ]);
    expect(out.split("\n")[1]).toContain("← results");
    const results = await orrery("bridge tail --no-follow --channel results --json");
    expect(JSON.parse(results.out)).toMatchObject({ id: "2", role: "results" });
  });

  test("follows what passes this bridge, each message once, until Ctrl-C", async () => {
    const { id: bridgeId } = await create();
    wire.bridges.messages.push(message("1"));
    const terminal = fakeTerminal({ env: env() });
    const running = runCli(["bridge", "tail", "--json"], terminal);
    const emit = (id: string, bridge = bridgeId) =>
      wire.emit({
        type: "bridge.message",
        at: timestamp(0),
        data: { bridgeId: bridge, message: message(id) },
      });
    await terminal.until(/"id":"1"/);
    await expect.poll(() => wire.requests.some(({ method }) => method === "UPGRADE")).toBe(true);
    emit("1");
    emit("2", "another");
    emit("3");
    await terminal.until(/"id":"3"/);
    terminal.interrupt();
    expect(await running).toBe(130);
    const ids = terminal.printed.out
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as BridgeMessage).id);
    expect(ids).toEqual(["1", "3"]);
  });
});

test("doctor tells of bridges that are not connected, and of what could not be delivered", async () => {
  expect((await orrery("doctor")).out).not.toContain("bridges");
  const bridge = await create();
  expect((await orrery("doctor")).out).toMatch(
    /✓ bridges +newfuse at redis:\/\/127\.0\.0\.1:6379, Redis 7\.2\.4/,
  );
  const status = {
    ...bridge.status,
    state: "disconnected" as const,
    error: "WRONGPASS",
    deadLetters: 2,
    outbox: 9_000,
  };
  wire.bridges.bridges.set(bridge.id, { ...bridge, status });
  const { code, out } = await orrery("doctor");
  expect(code).toBe(1);
  expect(out).toContain("✗ bridges    newfuse does not reach redis://127.0.0.1:6379: WRONGPASS\n");
  expect(out).toContain("! bridges    newfuse has 2 messages that could not be delivered\n");
  expect(out).toContain("! bridges    9000 messages of newfuse have not reached Redis yet\n");
});
