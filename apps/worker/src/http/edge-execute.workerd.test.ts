/** The one-shot form of existing clients, over HTTP. */
import { env } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { CreateAgent, newExecutionId, newId, timestamp } from "@orrery/protocol";
import type { ExecutionStatus } from "@orrery/protocol";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { AgentRecords } from "../agents/agent-records.ts";
import { ExecutionStore } from "../agents/execution-store.ts";
import { bodyOf } from "./testing/client.ts";
import { type Workspace, newWorkspace } from "./testing/workspace.ts";

let workspace: Workspace;
beforeEach(() => {
  workspace = newWorkspace({
    MODEL_CATALOG: JSON.stringify({ "openai/small": { maxOutputTokens: 4_096 } }),
  });
});

const config = { model: "offline/extract" };
const ask = (body: object, headers: Record<string, string> = {}): Promise<Response> =>
  workspace.call("POST", "//edge/execute", {
    body: { input: "Hello", agent_config: config, ...body },
    headers,
  });

const failure = (words: RegExp) => [200, { success: false, error: expect.stringMatching(words) as string }];
const answered = async (response: Response) => [response.status, await bodyOf(response)];

/** What the workspace's index, its roll and its events say of agents. */
async function traces(): Promise<unknown[]> {
  const { workspaceId } = workspace;
  const rows = async (table: string): Promise<number> =>
    Number(
      await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE workspace_id = ?`)
        .bind(workspaceId)
        .first("n"),
    );
  return [
    await rows("agents"),
    await rows("executions"),
    await env.FLEETS.getByName(workspaceId).agents("", 10),
  ];
}

describe("an agent that is made for one turn", () => {
  test("answers, and is in no list while it does and nowhere after", async () => {
    const published = vi.spyOn(env.FLEETS.getByName(workspace.workspaceId), "publish");
    expect(await answered(await ask({}))).toMatchObject([200, { success: true, model: "offline/extract" }]);
    expect(await traces()).toEqual([0, 0, []]);
    expect(published).not.toHaveBeenCalled();
  });

  test("costs what it costs: its calls are in the workspace's usage", async () => {
    await ask({});
    await vi.waitFor(async () => {
      const usage = await bodyOf(await workspace.call("GET", "/usage?by=agent"));
      expect(usage["total"]).toMatchObject({ calls: 1 });
    }, 10_000);
  });

  /** Its object as a dying process leaves it: with its turn in this state, or before it was accepted. */
  async function leftBehind(status: ExecutionStatus | null): Promise<string> {
    const id = newId();
    const at = Date.now();
    const { systemPrompt: _, ...rest } = CreateAgent.parse({ name: "one-shot" });
    const settings = { id, ...rest, createdAt: timestamp(at), updatedAt: timestamp(at) };
    const stub = env.AGENTS.getByName(id);
    await runInDurableObject(stub, async (__, { storage }) => {
      const { workspaceId } = workspace;
      new AgentRecords(storage.kv).save({ workspaceId, settings, version: 1, ephemeral: true });
      const store = new ExecutionStore(storage.sql);
      store.migrate();
      const executionId = newExecutionId(id, at);
      const row = {
        id: executionId,
        sessionId: newId(at),
        previousId: null,
        status: "pending" as const,
        request: { input: "Hello", prompt: "Hello", documents: [], edgeLocation: "local" },
        outcome: null,
        createdAt: at,
        firstTokenAt: null,
        completedAt: null,
      };
      if (status !== null) store.insert(row, "Hello");
      if (status === "running") store.start(executionId);
      if (status === "completed") {
        store.finish({ ...row, status, completedAt: at, outcome: { items: [], restarts: [] } }, false);
      }
      await storage.setAlarm(at + 3_000);
    });
    await expect(runInDurableObject(stub, (__, state) => state.abort("killed"))).rejects.toThrow("killed");
    return id;
  }

  test.each([null, "pending", "running", "completed"] as const)(
    "is removed by itself after a crash that left its turn %s",
    async (status) => {
      const id = await leftBehind(status);
      await vi.waitFor(async () => {
        const stub = env.AGENTS.getByName(id);
        await runDurableObjectAlarm(stub);
        const left = await runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()]);
        expect(left).toEqual([]);
      }, 10_000);
      expect(await traces()).toEqual([0, 0, []]);
    },
  );
});

describe("where there is no answer, the one-shot form says why in its own way", () => {
  test.each([
    ["a session without an agent", { session_id: newId() }, /agent_config\.id/],
    ["an id that is none", { agent_config: { ...config, id: "agent-1" } }, /no such agent/],
    ["an agent that is not there", { agent_config: { ...config, id: newId() } }, /no such agent/],
    ["a model that there is not", { agent_config: { model: "nowhere/none" } }, /nowhere/],
    [
      "more tokens than the model writes",
      { agent_config: { model: "openai/small", max_tokens: 4_097 } },
      /at most 4096/,
    ],
  ])("%s", async (_, body, words) => {
    expect(await answered(await ask(body))).toEqual(failure(words));
    expect(await traces()).toEqual([0, 0, []]);
  });

  test.each(["session-1", newId()])("the session %j, which the agent does not have", async (session) => {
    const { id } = await bodyOf(await workspace.call("POST", "/agents", { body: { name: "Known" } }));
    const agent_config = { ...config, id };
    expect(await answered(await ask({ agent_config, session_id: session }))).toEqual(
      failure(/no such session/),
    );
    expect(await answered(await ask({ agent_config }))).toMatchObject([200, { success: true }]);
  });
});

test("fields that existing clients send besides are ignored", async () => {
  const body = { agent_config: { ...config, name: "Old", tools: [] }, client_version: "1.2" };
  expect(await answered(await ask(body))).toMatchObject([200, { success: true }]);
});

test("what is kept of an answer of an agent goes with the agent", async () => {
  const { id } = await bodyOf(await workspace.call("POST", "/agents", { body: { name: "Known" } }));
  const once = () => ask({ agent_config: { ...config, id } }, { "idempotency-key": "once" });
  await once();
  expect((await once()).headers.get("idempotency-replayed")).toBe("true");
  await workspace.call("DELETE", `/agents/${String(id)}`);
  expect(await answered(await once())).toEqual(failure(/no such agent/));
});
