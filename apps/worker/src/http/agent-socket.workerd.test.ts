import { env } from "cloudflare:workers";
import { createExecutionContext } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createApp } from "./index.ts";
import { bodyOf, json, tokenFor, tokenWith } from "./testing/client.ts";

const app = createApp();

const call = async (
  path: string,
  init: RequestInit = {},
  token?: string,
  isolate: Env = env,
): Promise<Response> => {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  return app.fetch(
    new Request(`https://orrery.example${path}`, { ...init, headers }),
    isolate,
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

interface Frame {
  type?: string;
  id?: string;
  success?: boolean;
  error?: string;
  agent?: string;
  result?: { edgeLocation?: string; status?: string };
}

/** A socket of the agent, and the frames that have come over it. */
async function connected(token: string, headers: Record<string, string> = {}) {
  const opened = await call(socket, { headers: { ...upgrade.headers, ...headers } }, token);
  const { webSocket } = opened;
  if (webSocket === null) throw new Error(`it answered ${opened.status}`);
  const frames: Frame[] = [];
  let closed: number | undefined;
  webSocket.addEventListener("message", ({ data }) => void frames.push(JSON.parse(String(data)) as Frame));
  webSocket.addEventListener("close", ({ code }) => void (closed = code));
  webSocket.accept();
  let calls = 0;
  return {
    frames,
    closed: () => closed,
    close: () => webSocket.close(),
    async call(method: string, ...args: unknown[]): Promise<Frame> {
      const id = String((calls += 1));
      webSocket.send(JSON.stringify({ type: "rpc", id, method, args }));
      return await vi.waitFor(() => {
        const answer = frames.find((frame) => frame.type === "rpc" && frame.id === id);
        if (!answer) throw new Error("no answer yet");
        return answer;
      }, 10_000);
    },
  };
}

describe("through an open socket", () => {
  afterEach(() => void vi.useRealTimers());
  const later = (seconds: number) =>
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1_000 });

  test("turns are run, and say where they came in", async () => {
    const client = await connected(await tokenFor("agents:read", "executions:run"));
    await expect.poll(() => client.frames.length).toBeGreaterThan(0);
    expect(client.frames[0]).toMatchObject({ type: "cf_agent_identity", agent: "agent-object" });
    expect(await client.call("execute", "Hello")).toMatchObject({
      success: true,
      result: { status: "completed", edgeLocation: "local" },
    });
    client.close();
  });

  test("nothing is done once the token was revoked, and the socket is closed", async () => {
    const jti = newId();
    const client = await connected(await tokenWith({ jti }));
    expect(await client.call("start", "Hello")).toMatchObject({ success: true });
    const revoked = await call("/api/v1/tokens/revocations", json({ tokenId: jti }), await tokenFor("admin"));
    expect(revoked.status).toBe(204);
    later(61);
    expect(await client.call("start", "Hello")).toMatchObject({
      success: false,
      error: "The token was revoked",
    });
    await expect.poll(() => client.closed()).toBe(4401);
  });

  test.each([
    ["the token has ended", 60],
    ["an hour has passed", 86_400],
  ])("nothing is done once %s", async (_, lifetime) => {
    const exp = Math.floor(Date.now() / 1_000) + lifetime;
    const client = await connected(await tokenWith({ exp }));
    expect(await client.call("start", "Hello")).toMatchObject({ success: true });
    later(Math.min(lifetime, 3_600));
    expect(await client.call("start", "Hello")).toMatchObject({ success: false });
    await expect.poll(() => client.closed()).toBe(4401);
  });

  test("who opened it is what the worker says, not what the client does", async () => {
    const forged = { permit: { workspaceId: "default", subject: "x", tokenId: null, until: 9e15 } };
    const exp = Math.floor(Date.now() / 1_000) + 60;
    const headers = { "x-orrery-opener": JSON.stringify(forged) };
    const client = await connected(await tokenWith({ exp }), headers);
    expect(await client.call("start", "Hello")).toMatchObject({ success: true });
    later(60);
    expect(await client.call("start", "Hello")).toMatchObject({ success: false });
  });

  test("no more is done than over HTTP", async () => {
    const client = await connected(await tokenWith({ sub: "hasty" }));
    // While no time passes, so that nothing is gained meanwhile.
    later(0);
    const answers = await Promise.all(Array.from({ length: 700 }, () => client.call("execution", newId())));
    const refused = answers.filter(({ error }) => error?.includes("more requests a minute"));
    expect(refused).toHaveLength(100);
    expect(client.closed()).toBeUndefined();
    client.close();
  });

  test("a deleted agent lets go of who is connected", async () => {
    const admin = await tokenFor("admin");
    const made = await bodyOf(await call("/api/v1/agents", json({ name: "Leaving" }), admin));
    socket = `/agents/agent/${String(made["id"])}`;
    const client = await connected(admin);
    await expect.poll(() => client.frames.length).toBeGreaterThan(0);
    await call(`/api/v1/agents/${String(made["id"])}`, { method: "DELETE" }, admin);
    await expect.poll(() => client.closed()).toBe(1000);
  });
});
