/** The workspace's key, and what hangs on it, over HTTP. */
import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { WorkspaceKey, newId } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { createApp } from "./index.ts";
import { bodyOf, tokenWith } from "./testing/client.ts";

const app = createApp();

/** Calls as a member of a workspace of its own, in an isolate of its own. */
function workspaceOf(variables: Partial<Env> = {}, scopes: string[] = ["admin"]) {
  const workspaceId = newId();
  const isolate: Env = { ...env, ...variables };
  const send = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const context = createExecutionContext();
    const headers = new Headers({
      authorization: `Bearer ${await tokenWith({ workspace: workspaceId, scopes })}`,
      ...(body !== undefined && { "content-type": "application/json" }),
    });
    const url = `https://orrery.example/api/v1${path}`;
    const request = new Request(url, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    const response = await app.fetch(request, isolate, context);
    await waitOnExecutionContext(context);
    return response;
  };
  const key = async (method: string, path = "", body?: unknown): Promise<WorkspaceKey> => {
    const response = await send(method, `/workspace-key${path}`, body);
    expect(response.status).toBe(200);
    return WorkspaceKey.parse(await bodyOf(response));
  };
  return { workspaceId, send, key };
}

describe("the workspace's key", () => {
  test("can be looked at, rotated, destroyed, and made anew", async () => {
    const { workspaceId, key } = workspaceOf();
    expect(await key("GET")).toEqual({ version: 0, wrappedBy: "test", createdAt: null, destroyedAt: null });
    expect(await key("POST", "/rotate")).toMatchObject({ version: 1, wrappedBy: "test", destroyedAt: null });
    expect(await key("POST", "/rotate")).toMatchObject({ version: 2 });
    const gone = await key("DELETE", "", { confirm: workspaceId });
    expect(gone).toMatchObject({ version: 2, createdAt: null });
    expect(gone.destroyedAt).not.toBeNull();
    expect(await key("GET")).toEqual(gone);
    expect(await key("POST", "/rotate")).toMatchObject({ version: 3, destroyedAt: null });
  });

  test("is destroyed only by who names the workspace", async () => {
    const { send, key } = workspaceOf();
    await key("POST", "/rotate");
    const response = await send("DELETE", "/workspace-key", { confirm: "default" });
    expect([response.status, (await bodyOf(response))["errors"]]).toEqual([
      422,
      [{ path: "confirm", message: "expected the workspace's own id" }],
    ]);
    expect(await key("GET")).toMatchObject({ version: 1, destroyedAt: null });
  });

  test("is a matter of administrators", async () => {
    const { workspaceId, send } = workspaceOf({}, ["agents:read", "agents:write", "executions:run"]);
    for (const [method, path, body] of [
      ["GET", "/workspace-key"],
      ["POST", "/workspace-key/rotate"],
      ["DELETE", "/workspace-key", { confirm: workspaceId }],
    ] as const) {
      expect((await send(method, path, body)).status).toBe(403);
    }
  });
});

describe("confidential agents over HTTP", () => {
  const minutes = btoa("The heron project starts in March.");
  const attachments = [{ name: "heron.txt", mediaType: "text/plain", data: minutes }];

  test("are made so, stay so, and say so", async () => {
    const { send } = workspaceOf();
    const agent = await bodyOf(await send("POST", "/agents", { name: "Clerk", confidential: true }));
    expect(agent["confidential"]).toBe(true);
    const path = `/agents/${String(agent["id"])}`;
    expect((await send("PATCH", path, { confidential: false })).status).toBe(422);
    const other = await bodyOf(await send("POST", "/agents", { name: "Herald" }));
    expect(other["confidential"]).toBe(false);
    const { items } = await bodyOf(await send("GET", "/agents"));
    expect(items).toMatchObject([{ confidential: false }, { confidential: true }]);
  });

  test("take documents and answer from them", async () => {
    const { send } = workspaceOf();
    const agent = await bodyOf(await send("POST", "/agents", { name: "Clerk", confidential: true }));
    const id = String(agent["id"]);
    const answer = await send("POST", `/agents/${id}/executions`, {
      input: "When does the heron project start?",
      attachments,
    });
    expect(await bodyOf(answer)).toMatchObject({
      status: "completed",
      output: expect.stringContaining("March") as string,
      attachments: [{ name: "heron.txt", mediaType: "text/plain" }],
    });
    const { objects } = await env.FILES.list({ prefix: `agents/${id}/`, include: ["httpMetadata"] });
    expect(objects.length).toBeGreaterThan(0);
    for (const object of objects) {
      expect(object.httpMetadata).toEqual({});
      expect(await (await env.FILES.get(object.key))?.text()).not.toContain("heron");
    }
  });

  test("are not to be had where nothing can be sealed", async () => {
    const { workspaceId, send, key } = workspaceOf();
    await key("DELETE", "", { confirm: workspaceId });
    const refused = await send("POST", "/agents", { name: "Clerk", confidential: true });
    expect([refused.status, (await bodyOf(refused))["code"]]).toEqual([409, "conflict"]);
    expect((await send("POST", "/agents", { name: "Herald" })).status).toBe(201);
  });
});
