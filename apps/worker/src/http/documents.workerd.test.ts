/** Documents of agents and of their sessions, over the whole application. */
import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { createApp } from "./index.ts";
import { bodyOf, json, tokenFor } from "./testing/client.ts";

const app = createApp();

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${await tokenFor("admin")}`);
  const context = createExecutionContext();
  const request = new Request(`https://orrery.example/api/v1${path}`, { ...init, headers });
  const response = await app.fetch(request, env, context);
  await waitOnExecutionContext(context);
  return response;
}

let agent: string;
beforeEach(async () => {
  agent = `/agents/${String((await bodyOf(await call("/agents", json({ name: "Reader" }))))["id"])}`;
});

const note = (name: string, text: string) => ({ name, mediaType: "text/markdown", data: btoa(text) });

const salary = note("alice.md", "The salary of Alice is 93000 euros.");

interface Answer {
  sessionId: string;
  output: string;
}

const ask = async (input: string, more: Record<string, unknown> = {}): Promise<Answer> =>
  (await bodyOf(await call(`${agent}/executions`, json({ input, ...more })))) as unknown as Answer;

/** Keys of everything that is stored of the agent. */
const stored = async (): Promise<string[]> =>
  (await env.FILES.list({ prefix: `${agent.slice(1)}/` })).objects.map(({ key }) => key);

test("what was attached in a session is seen there, and in no other", async () => {
  const first = await ask("What is the salary of Alice?", { attachments: [salary] });
  expect(first.output).toContain("93000");
  expect((await ask("And the salary of Alice?", { sessionId: first.sessionId })).output).toContain("93000");
  expect((await ask("What is the salary of Alice?")).output).not.toContain("93000");
});

test("what the agent itself was given is seen in every session, until it is taken away", async () => {
  const given = await call(`${agent}/documents`, json(salary));
  expect(given.status).toBe(201);
  const { id } = await bodyOf(given);
  expect(given.headers.get("location")).toBe(`/api/v1${agent}/documents/${String(id)}`);
  expect((await ask("What is the salary of Alice?")).output).toContain("93000");
  expect(await bodyOf(await call(`${agent}/documents`))).toMatchObject({
    items: [{ id, name: "alice.md", mediaType: "text/markdown", size: 35 }],
    nextCursor: null,
  });
  const content = await call(`${agent}/documents/${String(id)}/content`);
  expect(await content.text()).toBe("The salary of Alice is 93000 euros.");
  expect(content.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''alice.md");
  expect((await call(`${agent}/documents/${String(id)}`, { method: "DELETE" })).status).toBe(204);
  expect((await call(`${agent}/documents/${String(id)}`)).status).toBe(404);
  expect((await ask("What is the salary of Alice?")).output).not.toContain("93000");
  expect(await stored()).toEqual([]);
});

test("a document that is given again is there once, under its new name", async () => {
  await call(`${agent}/documents`, json(salary));
  await call(`${agent}/documents`, json({ ...salary, name: "alice, again.md" }));
  expect(await bodyOf(await call(`${agent}/documents`))).toMatchObject({
    items: [{ name: "alice, again.md" }],
  });
  expect(await stored()).toHaveLength(1);
});

test("a session goes with what was attached in it, and with nothing of others", async () => {
  const { sessionId } = await ask("What is the salary of Alice?", { attachments: [salary] });
  const other = await ask("What is the salary of Alice?", { attachments: [salary] });
  const listed = await bodyOf(await call(`${agent}/sessions/${sessionId}/documents`));
  expect(listed).toMatchObject({ items: [{ name: "alice.md" }] });
  expect(await stored()).toHaveLength(4);
  expect((await call(`${agent}/sessions/${sessionId}`, { method: "DELETE" })).status).toBe(204);
  expect(await stored()).toHaveLength(2);
  expect((await ask("The salary of Alice?", { sessionId: other.sessionId })).output).toContain("93000");
  await call(agent, { method: "DELETE" });
  expect(await stored()).toEqual([]);
});

test("what came with a turn that was refused, or was there already, is not kept", async () => {
  const body = { input: "What is the salary of Alice?", attachments: [salary] };
  const refused = await call(
    `${agent}/executions`,
    json({ ...body, sessionId: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87" }),
  );
  expect(refused.status).toBe(404);
  expect(await stored()).toEqual([]);
  for (const _ of [1, 2]) await call(`${agent}/executions`, json(body, { "idempotency-key": "once" }));
  expect(await stored()).toHaveLength(2);
});

test("an agent holds so many documents and no more", async () => {
  const refusals: number[] = [];
  for (let count = 0; count < 501; count += 1) {
    const { status } = await call(`${agent}/documents`, json(note(`${count}.md`, `Document ${count}`)));
    if (status !== 201) refusals.push(status);
  }
  expect(refusals).toEqual([409]);
  expect(await stored()).toHaveLength(500);
});
