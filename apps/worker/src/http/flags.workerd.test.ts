/** Feature flags over the API. */
import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { beforeEach, expect, test } from "vitest";
import { createApp } from "./index.ts";
import { bodyOf, tokenFor, tokenWith } from "./testing/client.ts";

const app = createApp();

async function call(method: string, path: string, token: string, body?: unknown) {
  const context = createExecutionContext();
  const request = new Request(`https://orrery.example/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const response = await app.fetch(request, env, context);
  await waitOnExecutionContext(context);
  return { status: response.status, body: await bodyOf(response) };
}

const admin = (workspace: string) => tokenWith({ workspace });
let workspace: string;
beforeEach(() => {
  workspace = `flags-${newId()}`;
});

test("all flags are listed with what they do and what holds", async () => {
  const { status, body } = await call("GET", "/flags", await tokenFor("agents:read"));
  expect(status).toBe(200);
  const items = body["items"] as Record<string, unknown>[];
  expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(["fuse-ageing", "fuse-progress"]));
  for (const item of items) {
    expect(item).toMatchObject({ workspace: null, agents: {} });
    expect(String(item["description"])).toMatch(/^[A-Z].+\.$/);
  }
});

test("a flag is set for a workspace and for one agent, taken back, and is no other workspace's", async () => {
  const token = await admin(workspace);
  const agent = await call("POST", "/agents", token, { name: "Flagged" });
  const agentId = String(agent.body["id"]);
  const off = await call("PUT", "/flags/fuse-progress", token, { enabled: false });
  expect(off).toMatchObject({ status: 200, body: { name: "fuse-progress", workspace: false, agents: {} } });
  const own = await call("PUT", "/flags/fuse-progress", token, { enabled: true, agentId });
  expect(own.body).toMatchObject({ workspace: false, agents: { [agentId]: true } });
  const again = await call("PUT", "/flags/fuse-progress", token, { enabled: true, agentId });
  expect(again.body).toEqual(own.body);
  const elsewhere = await call("GET", "/flags", await admin(`other-${workspace}`));
  expect(JSON.stringify(elsewhere.body)).not.toContain(agentId);
  const back = await call("PUT", "/flags/fuse-progress", token, { enabled: null });
  expect(back.body).toMatchObject({ workspace: null, agents: { [agentId]: true } });
});

test("an agent that is deleted takes its flags with it", async () => {
  const token = await admin(workspace);
  const agentId = String((await call("POST", "/agents", token, { name: "Gone" })).body["id"]);
  await call("PUT", "/flags/fuse-ageing", token, { enabled: false, agentId });
  const context = createExecutionContext();
  const headers = { authorization: `Bearer ${token}` };
  await app.fetch(
    new Request(`https://orrery.example/api/v1/agents/${agentId}`, { method: "DELETE", headers }),
    env,
    context,
  );
  await waitOnExecutionContext(context);
  const rows = await env.DB.prepare("SELECT * FROM flags WHERE agent_id = ?").bind(agentId).all();
  expect(rows.results).toEqual([]);
});

test("unknown flags, unknown agents and those of other workspaces are refused", async () => {
  const token = await admin(workspace);
  const stranger = await call("POST", "/agents", await admin(`other-${workspace}`), { name: "Not yours" });
  const agentId = String(stranger.body["id"]);
  expect(await call("PUT", "/flags/fuse-telepathy", token, { enabled: true })).toMatchObject({ status: 404 });
  expect(await call("PUT", "/flags/Not%20A%20Flag", token, { enabled: true })).toMatchObject({ status: 404 });
  for (const id of [agentId, newId()]) {
    const refused = await call("PUT", "/flags/fuse-ageing", token, { enabled: true, agentId: id });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: "agentId" }] } });
  }
  expect(await call("PUT", "/flags/fuse-ageing", token, { enabled: "yes" })).toMatchObject({ status: 422 });
  expect(await call("PUT", "/flags/fuse-ageing", token, {})).toMatchObject({ status: 422 });
});

test("an oversized body is refused before it is read", async () => {
  const refused = await call("PUT", "/flags/fuse-ageing", await admin(workspace), {
    enabled: true,
    agentId: "x".repeat(1024 * 1024),
  });
  expect(refused.status).toBe(413);
});
