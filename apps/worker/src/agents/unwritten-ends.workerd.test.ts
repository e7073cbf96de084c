/** Turns whose end cannot be written, and removals that are asked for again while they go on. */
import { env } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { CreateAgent, newId, timestamp, valueOf } from "@orrery/protocol";
import { beforeEach, expect, it, vi } from "vitest";
import { agentStub, makeAgent } from "./agent-access.ts";
import type { AgentStub } from "./agent-access.ts";

const workspaceId = "unwritten";
const order = { input: "Hello", documents: [], edgeLocation: "local" };

let id: string;
let agent: AgentStub;
beforeEach(async () => {
  id = newId();
  const now = timestamp(Date.now());
  const { systemPrompt: _, ...settings } = CreateAgent.parse({ name: "Full", model: "offline/extract" });
  await makeAgent(env, workspaceId, { id, ...settings, createdAt: now, updatedAt: now });
  agent = agentStub(env, id);
});

const inObject = <Value>(work: (state: DurableObjectState) => Value | Promise<Value>): Promise<Value> =>
  runInDurableObject(env.AGENTS.getByName(id), (_, state) => work(state));

it("a turn whose end could not be written is taken up at the next start, whatever was written since", async () => {
  const logged = vi.spyOn(console, "error").mockReturnValue();
  await inObject(({ storage }) =>
    storage.sql.exec(
      `CREATE TRIGGER full BEFORE UPDATE OF outcome ON executions BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
    ),
  );
  const { execution } = valueOf(await agent.execute(workspaceId, order));
  expect(execution).toMatchObject({ status: "failed", error: { retryable: true } });
  await inObject(({ storage }) => storage.sql.exec("DROP TRIGGER full"));
  logged.mockRestore();
  for (const _ of [1, 2]) {
    expect(valueOf(await agent.execute(workspaceId, order)).execution.status).toBe("completed");
  }
  await expect(inObject((state) => state.abort("the process ended"))).rejects.toThrow("the process ended");
  await vi.waitFor(
    async () => expect(valueOf(await agent.execution(workspaceId, execution.id)).status).toBe("completed"),
    { timeout: 10_000 },
  );
});

it("a removal that the wake-up call goes on with beside its caller is done once", async () => {
  const logged = vi.spyOn(console, "error").mockReturnValue();
  const calls = [1, 2, 3, 4].map((turn) => agent.execute(workspaceId, { ...order, input: `Hello ${turn}` }));
  await Promise.all(calls);
  const removed = agent.remove(workspaceId);
  for (let call = 0; call < 20; call += 1) await runDurableObjectAlarm(env.AGENTS.getByName(id));
  expect(await removed).toMatchObject({ ok: true });
  expect(logged.mock.calls).toEqual([]);
  logged.mockRestore();
  expect(await inObject(({ storage }) => [...storage.kv.list()])).toEqual([]);
});
