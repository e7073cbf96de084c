/** What the existing system's keys say of an agent, and what ours says of itself. */
import type { FuseAgent, ImportResult } from "@orrery/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { requirement } from "../e2e/requirements.ts";
import { begin } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";

let around: Surroundings;
let bridgeId: string;
let client: ReturnType<Surroundings["redis"]["client"]>;
beforeAll(async () => {
  around = await begin();
  client = around.redis.client();
  bridgeId = await around.bridge();
});
afterAll(() => around.stop());

/** Changes are looked for every few seconds. */
const soon = { timeout: 20_000, interval: 100 };

const inRedis = async (id: string): Promise<Record<string, unknown>> =>
  JSON.parse((await client.get(`agent:${id}:state`)) ?? "{}") as Record<string, unknown>;
const stateOf = async (id: string): Promise<FuseAgent["state"]> =>
  (await around.api.agent(bridgeId, id)).state;
const importAll = (dryRun: boolean): Promise<ImportResult> =>
  around.api.request("POST", "/fuse/import", { bridgeId, model: "echo/echo-0", dryRun });

it(requirement("fuse-import"), async () => {
  const state = JSON.stringify({
    id: "chief",
    role: "chief",
    status: "idle",
    capabilities: ["plan"],
    metrics: { requestsHandled: 500, lastActive: "2026-11-20T12:00:00.000Z" },
  });
  await client.set("agent:chief:state", state);
  await client.hset("agent:clerk:state", { status: "active", capabilities: "file,count" });
  await client.set("agent:ghost:heartbeat", new Date().toISOString());

  const outcomes = async (dryRun: boolean) =>
    (await importAll(dryRun)).items.map(({ id, outcome, capabilities }) => [id, outcome, ...capabilities]);
  expect(await outcomes(true)).toEqual([
    ["chief", "would-create", "plan"],
    ["clerk", "would-create", "file", "count"],
    ["ghost", "would-create"],
  ]);
  expect(await outcomes(false)).toEqual([
    ["chief", "created", "plan"],
    ["clerk", "created", "file", "count"],
    ["ghost", "created"],
  ]);
  expect((await outcomes(false)).map(([, outcome]) => outcome)).toEqual(["existing", "existing", "existing"]);

  await expect.poll(async () => (await stateOf("chief")).metrics.requestsHandled, soon).toBe(500);
  expect(await around.api.agent(bridgeId, "chief")).toMatchObject({ mode: "legacy" });
  expect(await client.get("agent:chief:state")).toBe(state);
  expect(await client.exists("agent:chief:owner")).toBe(0);
});

it("a state of a type that holds none is left alone, and that is said", async () => {
  await client.rpush("agent:listed:state", "active");
  await around.agent(bridgeId, "listed");
  const problem = async () => (await around.api.agent(bridgeId, "listed")).stateProblem;
  await expect.poll(problem, soon).toBe("agent:listed:state is a list in Redis, and neither JSON nor a hash");
  expect(await client.lrange("agent:listed:state", 0, -1)).toEqual(["active"]);
  await client.del("agent:listed:state");
  await expect.poll(problem, soon).toBeNull();
  await expect.poll(() => inRedis("listed"), soon).toMatchObject({ status: "active" });
});

it(requirement("fuse-state"), async () => {
  await client.set(
    "agent:mirrored:state",
    JSON.stringify({ id: "mirrored", team: "red", capabilities: ["read"] }),
  );
  await around.agent(bridgeId, "mirrored", { conflicts: { "*": "object-wins", capabilities: "merge" } });
  await expect.poll(async () => (await inRedis("mirrored"))["version"], soon).toBeGreaterThan(0);
  expect(await inRedis("mirrored")).toMatchObject({ team: "red", status: "active", capabilities: ["read"] });
  expect(await stateOf("mirrored")).toMatchObject({ capabilities: ["read"] });

  // A peer changes the JSON as it always did, and says so to nobody.
  const theirs = await inRedis("mirrored");
  await client.set("agent:mirrored:state", JSON.stringify({ ...theirs, capabilities: ["read", "write"] }));
  await expect.poll(async () => (await stateOf("mirrored")).capabilities, soon).toEqual(["read", "write"]);

  // Ours is told what it can do, and peers read it.
  await client.publish(
    "AI_COORDINATION_CHANNEL",
    JSON.stringify({
      type: "capability_update",
      agentId: "mirrored",
      capabilities: ["read", "write", "draw"],
    }),
  );
  await expect
    .poll(async () => (await inRedis("mirrored"))["capabilities"], soon)
    .toEqual(["read", "write", "draw"]);

  // What it has done is counted there, beside its signs of life.
  const dispatcher = await around.dispatcher();
  await dispatcher.task("Count this", { id: "counted", target: "mirrored" });
  await dispatcher.result("counted");
  await expect
    .poll(async () => (await inRedis("mirrored"))["metrics"], soon)
    .toMatchObject({ requestsHandled: 1 });
  await expect.poll(() => client.get("agent:mirrored:status"), soon).toBe("active");
  expect(await client.pttl("agent:mirrored:heartbeat")).toBeGreaterThan(0);
  expect((await around.api.agent(bridgeId, "mirrored")).legacyAlive).toBe(false);
  expect(await inRedis("mirrored")).toMatchObject({ team: "red" });
});
