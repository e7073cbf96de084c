/** A bridge and its agents on real storage and a real D1, parted from Redis. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { CreateAgent, CreateBridge, newId, valueOf } from "@orrery/protocol";
import { beforeEach, expect, it } from "vitest";
import { newAgent } from "../../../agents/index.ts";
import { bridgeStub } from "../../../channels/index.ts";
import { FuseAgentIndex } from "../routing/agent-index.ts";
import { fuseBridgeStub } from "./bridge-access.ts";

const workspaceId = "default";
let bridgeId: string;

beforeEach(async () => {
  bridgeId = newId();
  const { redis, ...rest } = CreateBridge.parse({
    name: "Test",
    redis: { kind: "tcp", url: "redis://127.0.0.1:1" },
    enabled: false,
  });
  const now = new Date().toISOString();
  const settings = { ...rest, id: bridgeId, redis, workspaceId, createdAt: now, updatedAt: now };
  valueOf(await bridgeStub(env, bridgeId).create(settings));
});

async function enrol(id: string) {
  const made = await newAgent(env, workspaceId, CreateAgent.parse({ name: id, application: "fuse" }));
  return await fuseBridgeStub(env, bridgeId).enrol(workspaceId, {
    id,
    agentId: made.id,
    mode: "legacy",
    canaryPercent: 0,
    legacyChannels: "shared",
    conflicts: {},
    confidential: false,
    agentMade: true,
    capabilities: [],
  });
}

const listed = async (): Promise<string[]> =>
  (await new FuseAgentIndex(env.DB).page(workspaceId, { limit: 10, bridgeId })).items.map(({ id }) => id);

it("an agent that the index cannot take yet is the bridge's", async () => {
  await env.DB.exec(`ALTER TABLE fuse_agents RENAME TO fuse_agents_away`);
  const outcome = await enrol("writer");
  await env.DB.exec(`ALTER TABLE fuse_agents_away RENAME TO fuse_agents`);
  expect(outcome).toMatchObject({ ok: true, value: { id: "writer" } });
  expect(valueOf(await fuseBridgeStub(env, bridgeId).agents(workspaceId, ["writer"]))).toHaveLength(1);
});

it("of two agents of one name that are made at once, one is, and does its own work", async () => {
  const outcomes = await Promise.all([enrol("writer"), enrol("writer")]);
  const made = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value.agentId] : []));
  const refused = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.refusal.code]));
  expect([made.length, refused]).toEqual([1, ["conflict"]]);
  const object = env.FUSE_AGENTS.getByName(`${bridgeId}/writer`);
  await runInDurableObject(object, (_, { storage }) =>
    expect(storage.kv.get("identity")).toMatchObject({ agentId: made[0] }),
  );
});

it("is removed with all that the index has of it", async () => {
  valueOf(await enrol("writer"));
  await env.DB.prepare(
    `INSERT INTO fuse_agents SELECT bridge_id, 'left over', workspace_id, agent_id, mode, canary_percent, created_at,
       updated_at FROM fuse_agents WHERE bridge_id = ?`,
  )
    .bind(bridgeId)
    .run();
  expect(await listed()).toEqual(["left over", "writer"]);
  valueOf(await bridgeStub(env, bridgeId).remove(workspaceId, { force: true }));
  expect(await listed()).toEqual([]);
});

it("is changed no more once it is being removed", async () => {
  const bridge = bridgeStub(env, bridgeId);
  const removed = bridge.remove(workspaceId, { force: true });
  expect(await bridge.update(workspaceId, { name: "Another" })).toMatchObject({
    ok: false,
    refusal: { code: "conflict" },
  });
  valueOf(await removed);
});
