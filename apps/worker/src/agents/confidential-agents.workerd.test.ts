/** What a confidential agent is given and says lies readable nowhere, and is read by those who may. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { CreateAgent, newExecutionId, newId, timestamp, valueOf } from "@orrery/protocol";
import type { Execution } from "@orrery/protocol";
import { describe, expect, it } from "vitest";
import { agentStub, makeAgent } from "./agent-access.ts";
import { AgentRecords } from "./agent-records.ts";
import { AgentSeal } from "./agent-seal.ts";
import type { TurnOrder } from "./turn-order.ts";
import { ExecutionColumns, unreadableText } from "./execution-columns.ts";
import { storeDocuments } from "./execution-input.ts";
import { ExecutionStore } from "./execution-store.ts";
import { Registry } from "./registry.ts";
import { forgetVault } from "../security/encryption/leased-vaults.ts";
import { keyringFor } from "../security/index.ts";

/** In what is asked, in the document's name, in its text, and so in the answer. */
const canary = "cormorant-7319";
const minutes = `The ${canary} project starts in March. Ada leads it. The budget is 40,000 francs.`;

const instructions = "Answer as the pelican-2210 board would.";

/** A workspace with an agent of its own. */
async function workspaceWith(settings: { confidential: boolean }) {
  const workspaceId = newId();
  const now = timestamp(Date.now());
  const { systemPrompt = "", ...rest } = CreateAgent.parse({
    name: "Clerk",
    systemPrompt: instructions,
    ...settings,
  });
  const made = { id: newId(), ...rest, systemPrompt, createdAt: now, updatedAt: now };
  const { id } = await makeAgent(env, workspaceId, made);
  const agent = agentStub(env, id);
  const ring = env.KEYRINGS.getByName(workspaceId);

  const ask = async (input: string, more: Partial<TurnOrder> = {}): Promise<Execution> => {
    const order = { input, documents: [], edgeLocation: "local", ...more };
    return valueOf(await agent.execute(workspaceId, order)).execution;
  };
  const askOfDocument = async (): Promise<Execution> => {
    const data = btoa(minutes);
    const vault = async () => (settings.confidential ? await keyringFor(env, workspaceId).vault() : null);
    const order = await storeDocuments(
      env,
      id,
      {
        input: `When does the ${canary} project start?`,
        attachments: [{ name: `${canary}.txt`, mediaType: "text/plain", data }],
      },
      vault,
    );
    const idempotency = { key: newId(), requestHash: "hash-of-the-request" };
    return await ask(`When does the ${canary} project start?`, { documents: order.documents, idempotency });
  };
  /** Ends the object, so that the next call reads everything from disk. */
  const leave = async (): Promise<void> => {
    const stub = env.AGENTS.getByName(id);
    const ended = runInDurableObject(stub, async (_, state) => {
      setTimeout(() => state.abort("left"), 0);
      await new Promise(() => {});
    });
    await expect(ended).rejects.toThrow("left");
  };
  /** Destroys the workspace's key, and ends the lease by which the isolate of agents would go on for half a minute. */
  const destroyKey = async (): Promise<void> => {
    valueOf(await ring.destroyWorkspaceKey());
    await runInDurableObject(env.AGENTS.getByName(id), (instance) => {
      forgetVault(Reflect.get(instance, "env") as Env, workspaceId);
    });
  };
  /** Leaves a turn as a process that is killed in the middle of it does. */
  const interrupt = async (): Promise<string> => {
    const executionId = newExecutionId(id);
    await runInDurableObject(env.AGENTS.getByName(id), async (instance, { storage }) => {
      const seal = new AgentSeal(Reflect.get(instance, "env") as Env, new AgentRecords(storage.kv));
      await seal.ready();
      const store = new ExecutionStore(storage.sql, new ExecutionColumns(seal));
      const question = `What is ${canary}?`;
      store.insert(
        {
          id: executionId,
          sessionId: newId(),
          previousId: null,
          status: "running",
          request: { input: question, prompt: question, documents: [], edgeLocation: "local" },
          outcome: null,
          createdAt: Date.now(),
          firstTokenAt: null,
          completedAt: null,
        },
        question,
      );
      store.appendLog(executionId, 0, [
        ["+", { k: "step" }],
        ["+", { k: "text", text: canary, open: true }],
      ]);
    });
    expect(await storageOf(env.AGENTS.getByName(id) as DurableObjectStub)).not.toContain(canary);
    return executionId;
  };
  return { workspaceId, id, agent, ring, ask, askOfDocument, destroyKey, interrupt, leave };
}

/** All bytes of a Durable Object's tables, as text in which every byte is a letter. */
async function storageOf(stub: DurableObjectStub): Promise<string> {
  return await runInDurableObject(stub, (_, { storage }) => {
    const tables = storage.sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '_cf_%'")
      .toArray();
    const rows = tables.flatMap(({ name }) => storage.sql.exec(`SELECT * FROM "${name}"`).toArray());
    const cells = rows.flatMap((row) => Object.values(row));
    const values = [...storage.kv.list()].map(([, value]) => JSON.stringify(value));
    return [...cells.map(lettersOf), ...values].join("\n");
  });
}

const lettersOf = (cell: unknown): string =>
  cell instanceof ArrayBuffer ? new TextDecoder("latin1").decode(cell) : String(cell);

async function filesOf(agentId: string): Promise<{ key: string; text: string }[]> {
  const { objects } = await env.FILES.list({
    prefix: `agents/${agentId}/`,
    include: ["httpMetadata", "customMetadata"],
  });
  const files = objects.map(async ({ key, httpMetadata, customMetadata }) => {
    const body = await (await env.FILES.get(key))?.arrayBuffer();
    return { key, text: lettersOf(body) + JSON.stringify([httpMetadata, customMetadata]) };
  });
  return await Promise.all(files);
}

async function databaseText(): Promise<string> {
  const { results: tables } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '_cf_%' AND name NOT LIKE 'sqlite_%'",
  ).all<{ name: string }>();
  const texts = tables.map(async ({ name }) => {
    const { results } = await env.DB.prepare(`SELECT * FROM "${name}"`).all();
    return JSON.stringify(results);
  });
  return (await Promise.all(texts)).join("\n");
}

/** Everything the platform keeps of a workspace with one agent. */
async function everythingOf(workspaceId: string, agentId: string): Promise<string> {
  await agentStub(env, agentId).checkIndex(workspaceId, true);
  const objects = [
    env.AGENTS.getByName(agentId),
    ...[env.FLEETS, env.ACCOUNTS, env.ANSWERS].map((namespace) => namespace.getByName(workspaceId)),
  ];
  const parts = await Promise.all(objects.map((stub) => storageOf(stub as DurableObjectStub)));
  const files = (await filesOf(agentId)).flatMap(({ key, text }) => [key, text]);
  return [...parts, ...files, await databaseText()].join("\n");
}

describe("a confidential agent", () => {
  it("answers those who may ask with what was said, now and after it has left memory", async () => {
    const { workspaceId, agent, askOfDocument, leave } = await workspaceWith({ confidential: true });
    const execution = await askOfDocument();
    expect(execution).toMatchObject({ status: "completed", input: `When does the ${canary} project start?` });
    expect(execution.output).toContain("starts in March");
    await leave();
    expect(valueOf(await agent.execution(workspaceId, execution.id))).toEqual(execution);
    const [session] = valueOf(await agent.sessions(workspaceId, { limit: 5 })).items;
    expect(session?.title).toContain(canary);
    const { items } = valueOf(await agent.messages(workspaceId, execution.sessionId, { limit: 10 }));
    expect(JSON.stringify(items)).toContain(`${canary}.txt`);
    const { body } = valueOf(await agent.follow(workspaceId, execution.id, null));
    expect(await new Response(body).text()).toContain("starts in March");
  });

  it("leaves nothing of it readable: not in its object, the index, events, files, nor their names", async () => {
    const { workspaceId, id, ring, askOfDocument } = await workspaceWith({ confidential: true });
    const execution = await askOfDocument();
    const everything = await everythingOf(workspaceId, id);
    expect(everything).toContain(execution.id);
    for (const word of [canary, "francs", "Ada leads", "pelican-2210", "hash-of-the-request"])
      expect(everything).not.toContain(word);
    expect(await storageOf(ring as DurableObjectStub)).not.toContain(canary);
  });

  it("is what keeps it out: the same words lie readable with another agent", async () => {
    const { workspaceId, id, askOfDocument } = await workspaceWith({ confidential: false });
    await askOfDocument();
    const everything = await everythingOf(workspaceId, id);
    const words = [canary, "francs", "pelican-2210", "hash-of-the-request"];
    for (const word of words) expect(everything).toContain(word);
  });

  it("keeps its system prompt through changes, shows it to those who may read it, and not in lists", async () => {
    const { workspaceId, id, agent, leave } = await workspaceWith({ confidential: true });
    valueOf(await agent.update(workspaceId, { name: "Registrar" }));
    await leave();
    expect(valueOf(await agent.describe(workspaceId))).toMatchObject({
      name: "Registrar",
      systemPrompt: instructions,
    });
    const query = { limit: 5, q: id };
    const { items } = await new Registry(env.DB).agents(workspaceId, query);
    expect(items).toMatchObject([{ name: "Registrar", confidential: true }]);
    expect(items[0]?.systemPrompt).toBeUndefined();
    expect(await storageOf(env.AGENTS.getByName(id) as DurableObjectStub)).not.toContain("pelican-2210");
    const patch: Record<string, undefined> = { systemPrompt: undefined };
    valueOf(await agent.update(workspaceId, patch));
    await leave();
    expect(valueOf(await agent.describe(workspaceId)).systemPrompt).toBeUndefined();
  });

  it("goes on with its conversation", async () => {
    const { ask, askOfDocument, leave } = await workspaceWith({ confidential: true });
    const { sessionId } = await askOfDocument();
    await leave();
    const next = await ask("And when did it start?", { sessionId });
    expect(next.output).toContain("March");
  });

  it("knows a request that comes again", async () => {
    const { ask, leave } = await workspaceWith({ confidential: true });
    const idempotency = { key: "k", requestHash: "h" };
    const first = await ask("Once?", { idempotency });
    await leave();
    expect((await ask("Once?", { idempotency })).id).toBe(first.id);
    await expect(ask("Twice?", { idempotency: { key: "k", requestHash: "other" } })).rejects.toMatchObject({
      code: "idempotency_mismatch",
    });
  });

  it("takes up what a crash interrupted", async () => {
    const { workspaceId, agent, interrupt, leave } = await workspaceWith({ confidential: true });
    const executionId = await interrupt();
    await leave();
    const { body } = valueOf(await agent.follow(workspaceId, executionId, null));
    expect(await new Response(body).text()).toContain("[DONE]");
    const execution = valueOf(await agent.execution(workspaceId, executionId));
    expect(execution).toMatchObject({ status: "completed", input: `What is ${canary}?` });
  });

  it("shows in lists when it worked and what it cost, and nothing of what about", async () => {
    const { workspaceId, id, agent, ask } = await workspaceWith({ confidential: true });
    await ask(`What of ${canary}?`);
    await agent.checkIndex(workspaceId, true);
    const { items } = await new Registry(env.DB).executions(workspaceId, { limit: 5, agentId: id });
    expect(items).toMatchObject([{ status: "completed", inputPreview: "", usage: { costMicros: 0 } }]);
  });
});

describe("a confidential agent whose workspace's key was destroyed", () => {
  async function destroyed() {
    const workspace = await workspaceWith({ confidential: true });
    const execution = await workspace.askOfDocument();
    await workspace.destroyKey();
    return { ...workspace, execution };
  }

  it("says that its executions cannot be read, and still lists them", async () => {
    const { workspaceId, agent, execution } = await destroyed();
    const read = valueOf(await agent.execution(workspaceId, execution.id));
    expect(read).toMatchObject({
      id: execution.id,
      status: "completed",
      input: unreadableText,
      unreadable: true,
      usage: execution.usage,
    });
    expect(JSON.stringify(read)).not.toContain(canary);
    const { items } = valueOf(await agent.executions(workspaceId, { limit: 5 }));
    expect(items).toMatchObject([{ id: execution.id, unreadable: true }]);
    const sessions = valueOf(await agent.sessions(workspaceId, { limit: 5 }));
    expect(sessions.items).toMatchObject([{ title: unreadableText, executions: 1 }]);
    const messages = valueOf(await agent.messages(workspaceId, execution.sessionId, { limit: 5 }));
    expect(messages.items[0]).toMatchObject({ parts: [{ type: "text", text: unreadableText }] });
    const { body } = valueOf(await agent.follow(workspaceId, execution.id, null));
    expect(await new Response(body).text()).toContain('"type":"error"');
  });

  it("takes no new turn, until somebody makes a new key; then it begins without what it knew", async () => {
    const { workspaceId, ask, ring, execution, agent } = await destroyed();
    await expect(ask("Anyone?")).rejects.toMatchObject({ code: "conflict" });
    valueOf(await ring.rotateWorkspaceKey());
    await expect(ask("Anyone?")).rejects.toThrow("The agent's system prompt was lost");
    expect(valueOf(await agent.describe(workspaceId)).systemPrompt).toBeUndefined();
    valueOf(await agent.update(workspaceId, { name: "Still without" }));
    await expect(ask("Anyone?")).rejects.toThrow("The agent's system prompt was lost");
    valueOf(await agent.update(workspaceId, { systemPrompt: "Be brief." }));
    const next = await ask("Who leads the project?", { sessionId: execution.sessionId });
    expect(next.status).toBe("completed");
    expect(next.output ?? "").not.toContain("Ada");
    expect(valueOf(await agent.execution(workspaceId, execution.id)).unreadable).toBe(true);
  });

  it("ends what a crash interrupted, since nobody can know what it was", async () => {
    const { workspaceId, agent, destroyKey, interrupt, leave } = await workspaceWith({ confidential: true });
    const executionId = await interrupt();
    await destroyKey();
    await leave();
    expect(valueOf(await agent.execution(workspaceId, executionId))).toMatchObject({
      status: "failed",
      error: { code: "not_found", message: unreadableText },
    });
    expect(valueOf(await agent.describe(workspaceId)).metrics.requestsHandled).toBe(1);
  });

  it("can be removed whole", async () => {
    const { workspaceId, id, agent } = await destroyed();
    valueOf(await agent.remove(workspaceId));
    expect(await filesOf(id)).toEqual([]);
    expect(await storageOf(env.AGENTS.getByName(id) as DurableObjectStub)).toBe("");
  });
});
