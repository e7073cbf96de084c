/** Bridges, keys, flags, and the agents behind Redis. */
import { newId } from "@orrery/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createClient, type OrreryClient } from "../src/index.ts";
import { instantClock } from "./instant-clock.ts";
import { wireTask } from "./wire/wire-fuse.ts";
import { startWireServer, type WireServer } from "./wire/wire-server.ts";

let wire: WireServer;
let client: OrreryClient;
beforeAll(async () => {
  wire = await startWireServer();
  client = createClient({ baseUrl: wire.url, token: wire.token, clock: instantClock() });
});
afterAll(() => wire.close());
beforeEach(() => {
  wire.requests.length = 0;
  wire.forgetBridges();
});

const redis = { kind: "tcp" as const, url: "redis://127.0.0.1:6379", password: "pw" };
const makeBridge = () => client.bridges.create({ name: "newfuse", redis });
const gone = { code: "not_found" };

describe("bridges", () => {
  test("are made, read, listed, changed and deleted, and never say their password", async () => {
    const made = await makeBridge();
    expect(made).toMatchObject({ namespace: "newfuse-agents", secretSet: true });
    expect(made.redis).not.toHaveProperty("password");
    expect((await client.bridges.list()).items).toEqual([made]);
    expect(await Array.fromAsync(client.bridges.listAll())).toEqual([made]);
    expect(await client.bridges.get(made.id)).toEqual(made);
    const tasks = { ...made.channels.tasks, mode: "streams" as const };
    const changed = await client.bridges.update(made.id, { channels: { tasks } });
    expect(changed.channels).toEqual({ ...made.channels, tasks });
    await client.bridges.delete(made.id);
    await expect(client.bridges.get(made.id)).rejects.toMatchObject(gone);
  });

  test("take the time they need to be deleted", async () => {
    const limits: number[] = [];
    const clock = instantClock();
    const noting = (ms: number, signal?: AbortSignal) => {
      limits.push(ms);
      return clock.sleep(ms, signal);
    };
    const { id } = await makeBridge();
    const patient = createClient({
      baseUrl: wire.url,
      token: wire.token,
      clock: { ...clock, sleep: noting },
    });
    await patient.bridges.delete(id);
    expect(limits).toEqual([]);
  });

  test("give their dead letters, which are replayed one by one or at once, or forgotten", async () => {
    const { id } = await makeBridge();
    const at = new Date(0).toISOString();
    for (const letter of ["1-0", "2-0", "3-0", "4-0"]) {
      const rest = { role: "tasks" as const, reason: "no id", payload: "{}", deliveries: 1, at };
      wire.bridges.deadLetters.set(letter, { id: letter, ...rest });
    }
    expect(await Array.fromAsync(client.bridges.deadLettersAll(id))).toHaveLength(4);
    await client.bridges.replay(id, "1-0");
    await client.bridges.deleteDeadLetter(id, "2-0");
    expect((await client.bridges.deadLetters(id, { limit: 1 })).items).toMatchObject([{ id: "4-0" }]);
    expect(await client.bridges.replayAll(id)).toEqual({ replayed: 2 });
    expect(wire.bridges.replayed).toEqual(["1-0", "3-0", "4-0"]);
    expect(await client.bridges.messages(id, { limit: 5 })).toEqual({ items: [], nextCursor: null });
  });
});

describe("keys", () => {
  test("are made, listed, rotated with an overlap, retired and deleted", async () => {
    const workspace = { kind: "workspace" as const };
    const made = await client.keys.create({
      use: "sign",
      algorithm: "Ed25519",
      holder: workspace,
      id: "k:1",
    });
    expect(made).not.toHaveProperty("secret");
    const next = await client.keys.rotate(made.id, { overlap: 60 });
    expect(next.id).not.toBe(made.id);
    expect(await client.keys.get(made.id)).toMatchObject({ status: "retiring" });
    expect(await client.keys.retire(made.id)).toMatchObject({ status: "retired" });
    expect(await Array.fromAsync(client.keys.listAll())).toHaveLength(2);
    expect((await client.keys.jwks()).keys).toHaveLength(2);
    await client.keys.delete(made.id);
    await expect(client.keys.get(made.id)).rejects.toMatchObject(gone);
  });

  test("that are secrets are told once", async () => {
    const holder = { kind: "peer" as const, name: "cron" };
    const { id, secret } = await client.keys.create({ use: "sign", algorithm: "HS256", holder });
    expect(secret).toBeTypeOf("string");
    expect(await client.keys.get(id)).not.toHaveProperty("secret");
  });

  test("of the workspace itself are rotated, and destroyed by naming it", async () => {
    expect(await client.workspaceKey.get()).toMatchObject({ version: 1 });
    expect(await client.workspaceKey.rotate()).toMatchObject({ version: 2 });
    expect((await client.workspaceKey.destroy("local")).destroyedAt).not.toBeNull();
    expect(wire.requests.at(-1)?.body).toEqual({ confirm: "local" });
  });
});

test("flags are said of the workspace and of agents, and taken back", async () => {
  const agentId = newId();
  expect(await client.flags.set("fuse-progress", { enabled: false })).toMatchObject({ workspace: false });
  const one = await client.flags.set("fuse-progress", { enabled: true, agentId });
  expect(one.agents).toEqual({ [agentId]: true });
  await client.flags.set("fuse-progress", { enabled: null });
  expect(await client.flags.list()).toMatchObject([{ name: "fuse-progress", workspace: null }]);
});

describe("agents behind Redis", () => {
  test("are imported, made, listed by their mode, and taken away", async () => {
    const { id: bridgeId } = await makeBridge();
    const { agents } = client.fuse;
    const dry = await client.fuse.import({ bridgeId, dryRun: true });
    expect(dry.items.map(({ outcome }) => outcome)).toEqual(["would-create", "would-create"]);
    await client.fuse.import({ bridgeId, ids: ["planner"] });
    await agents.create({ id: "a@b.c", bridgeId, mode: "orrery" });
    expect((await agents.list({ bridgeId, mode: "orrery" })).items).toMatchObject([{ id: "a@b.c" }]);
    expect(await Array.fromAsync(agents.listAll({ bridgeId }))).toHaveLength(2);
    await agents.delete(bridgeId, "a@b.c");
    await expect(agents.get(bridgeId, "a@b.c")).rejects.toMatchObject(gone);
  });

  test("change hands and back, and are paused, drained and resumed", async () => {
    const { id: bridgeId } = await makeBridge();
    const { agents } = client.fuse;
    await client.fuse.import({ bridgeId, ids: ["planner"] });
    const canary = await agents.migrate(bridgeId, "planner", { mode: "canary", percent: 10 });
    expect(canary.agent).toMatchObject({ mode: "canary", canaryPercent: 10 });
    expect(await agents.migrate(bridgeId, "planner", { mode: "legacy" })).toMatchObject({ handedBack: 0 });
    expect(await agents.pause(bridgeId, "planner")).toMatchObject({ activity: "paused" });
    expect(await agents.drain(bridgeId, "planner")).toMatchObject({ activity: "draining" });
    expect(await agents.resume(bridgeId, "planner")).toMatchObject({ activity: "running" });
    expect((await agents.differences(bridgeId, "planner")).items).toEqual([]);
  });

  test("show their tasks, whose ids may be anything, and cancel them", async () => {
    const { id: bridgeId } = await makeBridge();
    const { agents } = client.fuse;
    const task = wireTask("a/b?c", "queued");
    wire.fuse.tasks.set(task.id, task);
    expect((await agents.tasks(bridgeId, "planner", { status: "queued" })).items).toEqual([task]);
    expect((await agents.tasks(bridgeId, "planner", { status: "failed" })).items).toEqual([]);
    expect(await agents.task(bridgeId, "planner", task.id)).toEqual(task);
    expect(await agents.cancelTask(bridgeId, "planner", task.id)).toMatchObject({ status: "cancelled" });
  });
});
