/** Migration over the API, where there is no Redis: what needs it says so, and what does not goes on. */
import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "./index.ts";
import { bodyOf, tokenFor, tokenWith } from "./testing/client.ts";

const app = createApp();

async function call(method: string, path: string, body?: unknown, token?: string) {
  const context = createExecutionContext();
  const request = new Request(`https://orrery.example/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token ?? (await tokenFor("admin"))}`,
      "content-type": "application/json",
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const response = await app.fetch(request, env, context);
  await waitOnExecutionContext(context);
  return { status: response.status, body: await bodyOf(response) };
}

let bridgeId: string;
beforeAll(async () => {
  const redis = { kind: "tcp", url: "redis://127.0.0.1:1" };
  const bridge = await call("POST", "/bridges", { name: "Parted", redis, enabled: false });
  bridgeId = String(bridge.body["id"]);
});

async function agent(): Promise<string> {
  const id = `agent-${newId()}`;
  const made = await call("POST", "/fuse/agents", { id, bridgeId, model: "offline/extract" });
  expect(made.status).toBe(201);
  return `/fuse/agents/${bridgeId}/${id}`;
}

describe("POST …/migrate", () => {
  test("into shadow needs no Redis, and done twice it changes nothing more", async () => {
    const path = await agent();
    const first = await call("POST", `${path}/migrate`, { mode: "shadow" });
    expect(first).toMatchObject({ status: 200, body: { handedBack: 0, agent: { mode: "shadow" } } });
    const second = await call("POST", `${path}/migrate`, { mode: "shadow" });
    expect(second).toMatchObject({ status: 200, body: { handedBack: 0, agent: { mode: "shadow" } } });
    const back = await call("POST", `${path}/migrate`, { mode: "legacy" });
    expect(back).toMatchObject({ status: 200, body: { agent: { mode: "legacy", migrating: false } } });
  });

  test.each([
    { mode: "orrery" },
    { mode: "orrery", force: true },
    { mode: "canary", percent: 5, legacyChannels: "private" },
  ])("to take over without Redis is refused, and the agent stays as it was: %o", async (request) => {
    const path = await agent();
    expect(await call("POST", `${path}/migrate`, request)).toMatchObject({
      status: 502,
      body: { code: "upstream_failed" },
    });
    expect((await call("GET", path)).body).toMatchObject({
      mode: "legacy",
      legacyChannels: "shared",
      migrating: false,
      lease: null,
    });
  });

  test.each([
    {},
    { mode: "theirs" },
    { mode: "orrery", percent: 10 },
    { mode: "canary", percent: 101 },
    { mode: "canary", percent: 0.5 },
    { mode: "legacy", legacyChannels: "none" },
    { mode: "legacy", hurry: true },
  ])("refuses %o", async (request) => {
    const refused = await call("POST", `${await agent()}/migrate`, request);
    expect(refused).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  });

  test("needs the right to write, and an agent of the caller's workspace", async () => {
    const path = await agent();
    const reader = await tokenFor("agents:read");
    expect((await call("POST", `${path}/migrate`, { mode: "shadow" }, reader)).status).toBe(403);
    const stranger = await tokenWith({ workspace: "strangers" });
    expect((await call("POST", `${path}/migrate`, { mode: "shadow" }, stranger)).status).toBe(404);
    const unknown = `/fuse/agents/${bridgeId}/nobody/migrate`;
    expect((await call("POST", unknown, { mode: "shadow" })).status).toBe(404);
    expect((await call("GET", path)).body).toMatchObject({ mode: "legacy" });
  });
});

describe("GET …/differences", () => {
  test("is empty where nothing was compared", async () => {
    const path = await agent();
    const list = await call("GET", `${path}/differences?limit=5`);
    expect(list).toMatchObject({ status: 200, body: { items: [], nextCursor: null } });
  });

  test("refuses a cursor that no page gave, and agents of others", async () => {
    const path = await agent();
    expect((await call("GET", `${path}/differences?cursor=abc`)).status).toBe(422);
    expect((await call("GET", `${path}/differences?limit=0`)).status).toBe(422);
    const stranger = await tokenWith({ workspace: "strangers" });
    expect((await call("GET", `${path}/differences`, undefined, stranger)).status).toBe(404);
  });
});

describe("POST /fuse/import", () => {
  test("needs Redis, the right to write, and a bridge of the caller's workspace", async () => {
    expect(await call("POST", "/fuse/import", { bridgeId, dryRun: true })).toMatchObject({
      status: 502,
      body: { code: "upstream_failed" },
    });
    const reader = await tokenFor("agents:read");
    expect((await call("POST", "/fuse/import", { bridgeId }, reader)).status).toBe(403);
    const stranger = await tokenWith({ workspace: "strangers" });
    expect((await call("POST", "/fuse/import", { bridgeId }, stranger)).status).toBe(404);
    expect((await call("POST", "/fuse/import", { bridgeId: newId() })).status).toBe(404);
  });

  test.each([{ bridgeId: "7" }, { ids: ["a b"] }, { ids: "all" }, { dryRun: 1 }, { model: "" }])(
    "refuses %o",
    async (request) => {
      const refused = await call("POST", "/fuse/import", { bridgeId, ...request });
      expect(refused).toMatchObject({ status: 422, body: { code: "invalid_request" } });
    },
  );

  test("refuses more names than it takes, and a body that is too large", async () => {
    const ids = Array.from({ length: 1_001 }, (_, at) => `agent-${at}`);
    expect((await call("POST", "/fuse/import", { bridgeId, ids })).status).toBe(422);
    const large = await call("POST", "/fuse/import", { bridgeId, model: "x".repeat(1_048_576) });
    expect(large).toMatchObject({ status: 413, body: { code: "payload_too_large" } });
  });
});
