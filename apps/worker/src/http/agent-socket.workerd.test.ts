import { env } from "cloudflare:workers";
import { createExecutionContext } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { beforeAll, expect, test } from "vitest";
import { createApp } from "./index.ts";
import { bodyOf, json, tokenFor, tokenWith } from "./testing/client.ts";

const app = createApp();

const call = async (path: string, init: RequestInit = {}, token?: string): Promise<Response> => {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  return app.fetch(
    new Request(`https://orrery.example${path}`, { ...init, headers }),
    env,
    createExecutionContext(),
  );
};

const upgrade = { headers: { upgrade: "websocket" } };

let socket: string;
beforeAll(async () => {
  const made = await call("/api/v1/agents", json({ name: "Reachable" }), await tokenFor("admin"));
  socket = `/agents/agent/${String((await bodyOf(made))["id"])}`;
});

test("opens for a ticket, a token in the address, and a token in the header", async () => {
  const token = await tokenFor("agents:read", "executions:run");
  const ticket = await bodyOf(await call("/api/v1/tickets", { method: "POST" }, token));
  for (const query of [`?ticket=${String(ticket["ticket"])}`, `?token=${token}`]) {
    const response = await call(`${socket}${query}`, upgrade);
    expect([response.status, response.webSocket === null]).toEqual([101, false]);
    response.webSocket?.accept();
    response.webSocket?.close();
  }
  const response = await call(socket, upgrade, token);
  expect(response.status).toBe(101);
  response.webSocket?.accept();
  response.webSocket?.close();
});

test("asks who is there, what they may do, and whose the agent is", async () => {
  expect((await call(socket, upgrade)).status).toBe(401);
  expect((await call(socket, upgrade, await tokenFor("agents:read"))).status).toBe(403);
  const stranger = await tokenWith({ workspace: "strangers" });
  expect((await call(socket, upgrade, stranger)).status).toBe(404);
  const admin = await tokenFor("admin");
  expect((await call(`/agents/agent/${newId()}`, upgrade, admin)).status).toBe(404);
  expect((await call("/agents/other/1", upgrade, admin)).status).toBe(404);
});
