/** Models on the real launcher: bounded, cached, followed by others, filtered, asked directly. */
import { createServer } from "node:http";
import { createClient } from "@orrery/client";
import type { Execution, OrreryClient } from "@orrery/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort, startPlatform } from "../platform/platform.ts";
import type { Platform } from "../platform/platform.ts";
import { startUpstream } from "../platform/upstream.ts";
import type { Upstream } from "../platform/upstream.ts";
import { requirement } from "./requirements.ts";

let upstream: Upstream;
/** A model server that keeps what it was asked. */
const asked: { messages: { role: string; content: unknown }[] }[] = [];
const seeing = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    asked.push(JSON.parse(body) as (typeof asked)[number]);
    response.writeHead(200, { "content-type": "text/event-stream" });
    const chunk = { choices: [{ delta: { content: "A dot." }, finish_reason: "stop" }] };
    response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
  });
});
let platform: Platform;
let client: OrreryClient;

/** Micro-dollars for a token, read or written. */
const perToken = 1_000;
const price = { inputMicros: perToken * 1_000_000, outputMicros: perToken * 1_000_000 };

beforeAll(async () => {
  upstream = await startUpstream();
  const eyes = await freePort();
  await new Promise<void>((resolve) => seeing.listen(eyes, "127.0.0.1", resolve));
  platform = await startPlatform({
    env: {
      MODEL_SERVERS: JSON.stringify({
        mock: { baseUrl: upstream.baseUrl },
        eyes: { baseUrl: `http://127.0.0.1:${eyes}/v1` },
        gone: { baseUrl: `http://127.0.0.1:${await freePort()}/v1` },
      }),
      MODEL_CATALOG: JSON.stringify({
        "mock/priced-40x1": { price },
        "mock/other-10x0": { price },
        "mock/slow-100x50": { price },
        "eyes/model": { vision: true },
      }),
    },
  });
  client = createClient({ baseUrl: platform.url, token: platform.token });
});

afterAll(async () => {
  await platform.stop();
  upstream.stop();
  seeing.close();
});

/** Looks again until it passes: the index and the account follow within seconds. */
async function soon(check: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function everyExecution(): Promise<Execution[]> {
  const found: Execution[] = [];
  for await (const { id } of client.executions.listAll({})) found.push(await client.executions.get(id));
  return found;
}

it(requirement("budget-at-once"), async () => {
  const agents = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      client.agents.create({
        name: `Spender ${index}`,
        model: "mock/priced-40x1",
        tools: [],
        maxTokens: 100,
      }),
    ),
  );
  const limitMicros = 1_500 * perToken;
  const { id: budgetId } = await client.budgets.create({ scope: "workspace", period: "total", limitMicros });
  const executions = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      client.executions.create(agents[index % agents.length]?.id ?? "", `Question ${index}`),
    ),
  );
  const refused = executions.filter(({ status }) => status === "failed");
  const done = executions.filter(({ status }) => status === "completed");
  expect(done.length).toBeGreaterThan(5);
  expect(refused.length + done.length).toBe(200);
  for (const { error, modelCalls } of refused) {
    expect(error).toMatchObject({ code: "budget_exceeded", retryable: false });
    expect(error?.message).toContain("budget");
    expect(modelCalls).toEqual([]);
  }
  const spent = done.reduce((sum, { usage }) => sum + (usage?.costMicros ?? 0), 0);
  expect(spent).toBeLessThanOrEqual(limitMicros);
  await soon(async () => {
    expect(await client.budgets.get(budgetId)).toMatchObject({ heldMicros: 0, spentMicros: spent });
  });
  await client.budgets.delete(budgetId);
});

it(requirement("every-error", "budget_exceeded, before the call"), async () => {
  const limitMicros = 20_000_000;
  const { id } = await client.budgets.create({ scope: "workspace", period: "day", limitMicros });
  const { calls } = (await client.usage.report({ by: "day" })).total;
  const direct = client.models.generate({ model: "mock/priced-40x1", input: "Hello", maxTokens: 100_000 });
  await expect(direct).rejects.toMatchObject({ code: "budget_exceeded", status: 402 });
  expect((await client.usage.report({ by: "day" })).total.calls).toBe(calls);
  await client.budgets.delete(id);
});

it(requirement("usage-reconciles"), async () => {
  const other = await client.agents.create({ name: "Other", model: "mock/other-10x0", tools: [] });
  await client.executions.create(other.id, "One more");
  const sum = (of: readonly Execution[]): number =>
    of.reduce((total, { usage }) => total + (usage?.costMicros ?? 0), 0);
  await soon(async () => {
    const executions = await everyExecution();
    const [byAgent, byModel, byDay] = await Promise.all(
      (["agent", "model", "day"] as const).map((by) => client.usage.report({ by })),
    );
    for (const report of [byAgent, byModel, byDay]) {
      expect(report?.total).toMatchObject({ costMicros: sum(executions), directMicros: 0 });
      expect(report?.items.reduce((total, { costMicros }) => total + costMicros, 0)).toBe(sum(executions));
    }
    for (const { key, costMicros } of byAgent?.items ?? []) {
      expect([key, costMicros]).toEqual([key, sum(executions.filter(({ agentId }) => agentId === key))]);
    }
    for (const { key, costMicros } of byModel?.items ?? []) {
      const calls = executions.flatMap(({ modelCalls }) => modelCalls.filter(({ model }) => model === key));
      expect([key, costMicros]).toEqual([key, calls.reduce((total, call) => total + call.costMicros, 0)]);
    }
  });
  expect(await client.usage.csv({ by: "model" })).toContain("mock/other-10x0,");
});

it(requirement("leaving-is-paid"), async () => {
  const limitMicros = 20_000_000;
  const { id } = await client.budgets.create({ scope: "workspace", period: "day", limitMicros });
  const spentBefore = (await client.budgets.get(id)).spentMicros;
  const callsBefore = (await client.usage.report({ by: "model", model: "mock/slow-100x50" })).total.calls;
  const leaving = new AbortController();
  // It would take five seconds.
  const ask = (stream: boolean): Promise<Response> =>
    fetch(`${platform.url}/api/v1/models/generate`, {
      method: "POST",
      headers: { authorization: `Bearer ${platform.token}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "mock/slow-100x50", input: "Hello", maxTokens: 100, stream }),
      signal: leaving.signal,
    });
  const whole = ask(false).catch((error: Error) => error.name);
  const reader = (await ask(true)).body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; !text.includes("text-delta");) text += (await reader?.read())?.value ?? "";
  leaving.abort();
  expect(await whole).toBe("AbortError");
  await soon(async () => {
    const { total } = await client.usage.report({ by: "model", model: "mock/slow-100x50" });
    expect(total.calls).toBe(callsBefore + 2);
    const { spentMicros, heldMicros } = await client.budgets.get(id);
    expect([heldMicros, spentMicros]).toEqual([0, spentBefore + total.costMicros]);
    expect(total.costMicros).toBeGreaterThan(0);
  });
  await client.budgets.delete(id);
});

it(requirement("cache-is-free"), async () => {
  const agent = await client.agents.create({
    name: "Remembering",
    model: "mock/priced-40x1",
    tools: [],
    modelPolicy: { cache: { mode: "exact" } },
  });
  const first = await client.executions.create(agent.id, "What is an orrery?");
  const again = await client.executions.create(agent.id, "What is an orrery?");
  expect(first.usage).toMatchObject({ cached: false });
  expect(again.usage).toMatchObject({ cached: true, costMicros: 0 });
  expect(again.output).toBe(first.output);
  const response = await fetch(`${platform.url}/api/v1/agents/${agent.id}/executions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${platform.token}`,
      "content-type": "application/json",
      "cache-control": "no-cache",
    },
    body: JSON.stringify({ input: "What is an orrery?" }),
  });
  expect(await response.json()).toMatchObject({ usage: { cached: false }, output: first.output });
});

it(requirement("fallback-takes-over"), async () => {
  const agent = await client.agents.create({
    name: "Steadfast",
    model: "gone/anything",
    tools: [],
    modelPolicy: { fallbacks: ["mock/other-10x0"] },
  });
  const execution = await client.executions.create(agent.id, "Are you there?");
  expect(execution).toMatchObject({ status: "completed", model: "mock/other-10x0" });
  expect(execution.routes.map(({ chosen, why }) => [chosen, why])).toEqual([
    ["gone/anything", "named"],
    ["mock/other-10x0", "fallback"],
  ]);
  expect(execution.modelCalls.map(({ outcome }) => outcome)).toEqual([
    "failed",
    "failed",
    "failed",
    "completed",
  ]);
});

it(requirement("filter-hides"), async () => {
  const document = "Dr. Vesper leads the trial. Write to vesper@clinic.example.org for the protocol.";
  const agent = await client.agents.create({
    name: "Discreet",
    modelPolicy: { filter: { email: "redact" } },
  });
  const stream = await client.executions.stream(agent.id, "Where do I write to for the protocol?", {
    attachments: [
      { name: "trial.txt", mediaType: "text/plain", data: Buffer.from(document).toString("base64") },
    ],
  });
  let streamed = "";
  for await (const chunk of stream) if (chunk.type === "text-delta") streamed += chunk.delta;
  expect(streamed).toContain("[email]");
  expect(streamed).not.toContain("vesper@");
  const execution = await client.executions.get(stream.executionId);
  expect(execution.output).toContain("[email]");
  expect(execution.output).not.toContain("vesper@");
  expect(execution.filtered).toContainEqual({
    class: "email",
    action: "redact",
    count: expect.any(Number) as number,
  });
  expect(platform.output()).not.toContain("vesper@");
});

it(requirement("images-are-seen"), async () => {
  const pixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const agent = await client.agents.create({ name: "Seeing", model: "eyes/model", tools: [] });
  const first = await client.executions.create(agent.id, "What is this?", {
    attachments: [{ name: "dot.png", mediaType: "image/png", data: pixel }],
  });
  expect(first).toMatchObject({ status: "completed", output: "A dot." });
  await client.executions.create(agent.id, "And its colour?", { sessionId: first.sessionId });
  expect(asked).toHaveLength(2);
  for (const { messages } of asked) {
    expect(messages.at(-1)).toMatchObject({
      role: "user",
      content: expect.arrayContaining([
        {
          type: "image_url",
          image_url: expect.objectContaining({ url: `data:image/png;base64,${pixel}` }) as object,
        },
      ]) as unknown[],
    });
  }
});

it(requirement("direct-calls"), async () => {
  const text = await client.models.generate({ model: "mock/other-10x0", input: "Hello" });
  expect(text).toMatchObject({ model: "mock/other-10x0", route: { why: "named" } });
  expect(text.calls).toHaveLength(1);
  const { embeddings, dimensions } = await client.models.embed({
    model: "offline/hash-768",
    values: ["one", "two"],
  });
  expect([embeddings.length, dimensions]).toEqual([2, 768]);
  const image = await client.models.image({ model: "offline/draw", prompt: "a brass orrery" });
  const shown = await fetch(new URL(image.url, platform.url));
  expect([shown.status, shown.headers.get("content-type")]).toEqual([200, "image/png"]);
  const forged = await fetch(new URL(image.url.replace(/signature=./, "signature=_"), platform.url));
  expect(forged.status).toBe(404);
});
