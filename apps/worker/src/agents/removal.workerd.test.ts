/** What is removed while others are at work in it. */
import { env } from "cloudflare:workers";
import { CreateAgent, newId, timestamp } from "@orrery/protocol";
import { expect, it, vi } from "vitest";
import { agentStub, makeAgent } from "./agent-access.ts";
import type { AgentStub } from "./agent-access.ts";
import { Registry } from "./registry.ts";

const workspaceId = "removal";
const registry = new Registry(env.DB);

async function newAgent(): Promise<{ id: string; agent: AgentStub }> {
  const id = newId();
  const now = timestamp(Date.now());
  const { systemPrompt: _, ...settings } = CreateAgent.parse({ name: "Busy", model: "offline/extract" });
  await makeAgent(env, workspaceId, { id, ...settings, createdAt: now, updatedAt: now });
  return { id, agent: agentStub(env, id) };
}

const order = (sessionId?: string) => ({ input: "Hello", sessionId, documents: [], edgeLocation: "local" });

it("nothing begins in a session that is being removed, and nothing of it is left", async () => {
  const { id, agent } = await newAgent();
  for (let round = 0; round < 20; round += 1) {
    const first = await agent.execute(workspaceId, order());
    if (!first.ok) throw new Error(first.refusal.message);
    const { sessionId } = first.value.execution;
    const [removed, ...answers] = await Promise.all([
      agent.removeSession(workspaceId, sessionId),
      ...Array.from({ length: 5 }, () => agent.execute(workspaceId, order(sessionId))),
      ...Array.from({ length: 5 }, async () => {
        await new Promise((resolve) => setTimeout(resolve, round));
        return await agent.execute(workspaceId, order(sessionId));
      }),
    ]);
    expect(removed).toMatchObject({ ok: true });
    for (const answer of answers) {
      // Those that came before were told of their end; the others that there is no such session.
      if (answer.ok) expect(["completed", "cancelled"]).toContain(answer.value.execution.status);
      else expect(answer.refusal.code).toBe("not_found");
    }
    expect(await agent.session(workspaceId, sessionId)).toMatchObject({ ok: false });
  }
  expect(await agent.executions(workspaceId, { limit: 10 })).toMatchObject({ value: { items: [] } });
  await vi.waitFor(async () => expect((await registry.executionVersions(id)).size).toBe(0), {
    timeout: 10_000,
  });
  expect(await agent.checkIndex(workspaceId, false)).toMatchObject({ value: [] });
});

it("an agent that is removed in the middle of its work takes nothing on any more, and does not come back", async () => {
  for (let round = 0; round < 10; round += 1) {
    const { id, agent } = await newAgent();
    const calls = Array.from({ length: 10 }, async (_, call) => {
      await new Promise((resolve) => setTimeout(resolve, call));
      return await agent.execute(workspaceId, order());
    });
    await new Promise((resolve) => setTimeout(resolve, round));
    expect(await agent.remove(workspaceId)).toMatchObject({ ok: true });
    for (const answer of await Promise.all(calls)) {
      if (answer.ok) expect(["completed", "cancelled"]).toContain(answer.value.execution.status);
      else expect(answer.refusal.code).toBe("not_found");
    }
    expect(await agent.execute(workspaceId, order())).toMatchObject({ ok: false });
    expect((await registry.executionVersions(id)).size).toBe(0);
    expect(await registry.agentIds(workspaceId, "", 100)).not.toContain(id);
  }
});
