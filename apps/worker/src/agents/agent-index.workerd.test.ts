/** What the index is told after a crash. */
import { env } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { CreateAgent, newId, timestamp, valueOf } from "@orrery/protocol";
import { beforeEach, expect, it, vi } from "vitest";
import { agentStub, makeAgent } from "./agent-access.ts";
import type { AgentStub } from "./agent-access.ts";
import type { WorkRecord } from "./agent-settings.ts";
import { Registry } from "./registry.ts";

const workspaceId = "index";
const registry = new Registry(env.DB);
const patience = { timeout: 10_000 };

let id: string;
let agent: AgentStub;
let ids: string[];
let sessionId: string;

beforeEach(async () => {
  id = newId();
  const now = timestamp(Date.now());
  const { systemPrompt: _, ...settings } = CreateAgent.parse({ name: "Known", model: "offline/extract" });
  await makeAgent(env, workspaceId, { id, ...settings, createdAt: now, updatedAt: now });
  agent = agentStub(env, id);
  ids = [];
  for (let count = 0; count < 3; count += 1) {
    const order = { input: "Hello", documents: [], edgeLocation: "local" };
    const { execution } = valueOf(await agent.execute(workspaceId, order));
    ids.push(execution.id);
    ({ sessionId } = execution);
  }
  valueOf(await agent.checkIndex(workspaceId, true));
});

/** Ends the agent's process after `change`, as if that had been the last thing on its disk. */
async function crashAfter(
  change: (storage: DurableObjectStorage, work: WorkRecord) => WorkRecord,
): Promise<void> {
  const stub = env.AGENTS.getByName(id);
  const crash = runInDurableObject(stub, async (_, state) => {
    const { kv } = state.storage;
    kv.put("work", change(state.storage, kv.get<WorkRecord>("work") ?? expect.fail()));
    await state.storage.sync();
    state.abort("the process ended");
  });
  await expect(crash).rejects.toThrow("the process ended");
  await vi.waitFor(async () => valueOf(await agent.describe(workspaceId)), patience);
}

/** Lets the wake-up call come now, and again until there is no work left. */
async function callAgain(): Promise<void> {
  const stub = env.AGENTS.getByName(id);
  await vi.waitFor(async () => {
    await runDurableObjectAlarm(stub);
    expect((await onDisk()).alarm).toBeNull();
  }, patience);
}

const onDisk = () =>
  runInDurableObject(env.AGENTS.getByName(id), async (_, { storage }) => ({
    work: storage.kv.get<WorkRecord>("work"),
    alarm: await storage.getAlarm(),
  }));

const indexed = async (): Promise<string[]> => [...(await registry.executionVersions(id)).keys()].toSorted();

it("is told of executions that were too many to be named", async () => {
  await env.DB.prepare("DELETE FROM executions WHERE agent_id = ?").bind(id).run();
  await crashAfter((_, work) => ({ ...work, unindexed: [], unindexedSince: ids[1] }));
  await vi.waitFor(async () => expect(await indexed()).toEqual(ids.slice(1)), patience);
  await callAgain();
  expect((await onDisk()).work?.unindexedSince).toBeUndefined();
});

it("notes what the index was told in the write that takes the wake-up call back", async () => {
  // Again, should the call have come in between.
  await vi.waitFor(async () => {
    const order = { input: "Hello", documents: [], edgeLocation: "local" };
    const { execution } = valueOf(await agent.execute(workspaceId, order));
    valueOf(await agent.checkIndex(workspaceId, true));
    const { work, alarm } = await onDisk();
    expect(work?.unindexed).toContain(execution.id);
    expect(alarm).not.toBeNull();
  }, patience);
  await callAgain();
  expect(await onDisk()).toMatchObject({ work: { unindexed: [], settingsUnindexed: false }, alarm: null });
});

it("is told again of what it knows where a crash came before that note", async () => {
  await crashAfter((_, work) => ({ ...work, unindexed: ids, settingsUnindexed: true }));
  await vi.waitFor(
    async () => expect(valueOf(await agent.checkIndex(workspaceId, false))).toEqual([]),
    patience,
  );
  await callAgain();
  expect((await onDisk()).work).toMatchObject({ unindexed: [], settingsUnindexed: false });
  expect(await indexed()).toEqual(ids);
});

it("forgets what was removed although it could not be told at once", async () => {
  await crashAfter(({ sql }, work) => {
    sql.exec("DELETE FROM executions WHERE id = ?", ids[2]);
    sql.exec("DELETE FROM sessions WHERE id = ?", sessionId);
    return { ...work, unindexed: [], removed: ids.slice(2) };
  });
  await vi.waitFor(async () => expect(await indexed()).toEqual(ids.slice(0, 2)), patience);
  expect(valueOf(await agent.checkIndex(workspaceId, false))).toEqual([]);
});
