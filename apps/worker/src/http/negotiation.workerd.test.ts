/** In what form an answer comes, by what the request says it would like. */
import { beforeAll, describe, expect, test } from "vitest";
import { storeImage } from "../models/direct/image-store.ts";
import { securityOf, signAddress } from "../security/index.ts";
import { bodyOf } from "./testing/client.ts";
import { newWorkspace } from "./testing/workspace.ts";

const workspace = newWorkspace();
let executions: string;
beforeAll(async () => {
  const agent = await bodyOf(await workspace.call("POST", "/agents", { body: { name: "Teller" } }));
  executions = `/agents/${String(agent["id"])}/executions`;
});

const run = (headers: Record<string, string>, stream?: boolean): Promise<Response> =>
  workspace.call("POST", executions, {
    body: { input: "Hello", ...(stream !== undefined && { stream }) },
    headers,
  });

const formOf = async (response: Response): Promise<string> => {
  await response.text();
  if (response.headers.get("content-type")?.startsWith("text/event-stream")) return "stream";
  return response.status === 202 ? "accepted" : "finished";
};

describe("an execution", () => {
  test.each([
    [{}, undefined, "finished"],
    [{ accept: "TEXT/EVENT-STREAM" }, undefined, "stream"],
    [{ accept: "text/event-stream;q=0" }, undefined, "finished"],
    [{ prefer: "Respond-Async" }, undefined, "accepted"],
    // `stream` before `Accept`, and that before `Prefer`.
    [{ accept: "text/event-stream" }, false, "finished"],
    [{ accept: "application/json" }, true, "stream"],
    [{ accept: "text/event-stream", prefer: "respond-async" }, undefined, "stream"],
    [{ accept: "text/event-stream", prefer: "respond-async" }, false, "accepted"],
    [{ prefer: "respond-async" }, true, "stream"],
  ] as const)("asked for with %o and stream %s comes %s", async (headers, stream, form) => {
    expect(await formOf(await run(headers, stream))).toBe(form);
  });

  test("that is asked for again under its key may come in another form", async () => {
    const key = { "idempotency-key": "any-form" };
    const first = await bodyOf(await run(key));
    const stream = await run({ ...key, accept: "application/json" }, true);
    expect([stream.headers.get("idempotency-replayed"), stream.headers.get("location")]).toEqual([
      "true",
      `/api/v1/executions/${String(first["id"])}`,
    ]);
    expect(await formOf(stream)).toBe("stream");
    expect(await formOf(await run({ ...key, prefer: "respond-async" }, false))).toBe("accepted");
    expect((await bodyOf(await run(key, false)))["id"]).toBe(first["id"]);
  });

  test("that is accepted says that what was preferred was done", async () => {
    const response = await run({ prefer: "RESPOND-ASYNC, wait=5" });
    expect(response.headers.get("preference-applied")).toBe("respond-async");
  });
});

describe("a report of usage", () => {
  const typeOf = async (query: string, accept?: string): Promise<string | null> =>
    (
      await workspace.call("GET", `/usage${query}`, { headers: accept === undefined ? {} : { accept } })
    ).headers
      .get("content-type")
      ?.split(";")[0] ?? null;

  test.each([
    ["", undefined, "application/json"],
    ["", "text/csv", "text/csv"],
    ["?format=json", "text/csv", "application/json"],
    ["?format=csv", "application/json", "text/csv"],
  ])("%j with Accept %s comes as %s", async (query, accept, type) => {
    expect(await typeOf(query, accept)).toBe(type);
  });
});

describe("a picture", () => {
  test("is shown on pages of any origin, and sent once to who has it", async () => {
    const { workspaceId, env } = workspace;
    const image = { bytes: new Uint8Array([1, 2, 3]), mediaType: "image/png", model: "lab/any" };
    const path = `/images/${workspaceId}/${(await storeImage(env.FILES, workspaceId, image)).id}`;
    const address = `/${signAddress(securityOf(env).settings, path, Date.now() + 60_000)}`;
    const first = await workspace.call("GET", address);
    expect(first.status).toBe(200);
    expect(first.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect((await first.arrayBuffer()).byteLength).toBeGreaterThan(0);
    const etag = first.headers.get("etag") ?? "";
    for (const known of [etag, `"other", ${etag}`, "*"]) {
      const again = await workspace.call("GET", address, { headers: { "if-none-match": known } });
      expect([known, again.status, await again.text(), again.headers.get("etag")]).toEqual([
        known,
        304,
        "",
        etag,
      ]);
      expect(again.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    }
    const other = await workspace.call("GET", address, { headers: { "if-none-match": '"other"' } });
    expect(other.status).toBe(200);
    await other.arrayBuffer();
  });
});

test("public keys are read by pages of any origin, and nothing else of the API", async () => {
  const { workspaceId } = workspace;
  const policyOf = async (path: string) =>
    (await workspace.call("GET", path)).headers.get("cross-origin-resource-policy");
  expect(await policyOf(`//.well-known/jwks/${workspaceId}.json`)).toBe("cross-origin");
  expect(await policyOf("/agents")).toBe("same-origin");
});

test("the one-shot form is described at both of its addresses", async () => {
  const document = await (
    await workspace.call("GET", "//openapi.json")
  ).json<{
    paths: Record<string, Record<string, { operationId: string }>>;
  }>();
  const [below, atRoot] = ["/api/v1/edge/execute", "/edge/execute"].map(
    (path) => document.paths[path]?.["post"],
  );
  expect(atRoot?.operationId).not.toBe(below?.operationId);
  expect({ ...atRoot, operationId: "" }).toEqual({ ...below, operationId: "" });
});
