import { env } from "cloudflare:workers";
import { createExecutionContext } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp, routeTable } from "./index.ts";
import type { OpenApiDocument } from "./openapi.ts";
import { tokenFor } from "./testing/client.ts";

const app = createApp();
const get = async (path: string): Promise<Response> =>
  app.fetch(new Request(`https://orrery.example${path}`), env, createExecutionContext());

let document: OpenApiDocument;
beforeAll(async () => {
  document = await (await get("/openapi.json")).json();
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

test("it is OpenAPI 3.1, and describes every route", () => {
  expect(document.openapi).toBe("3.1.0");
  const described = operations().map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(described.toSorted()).toEqual(
    routeTable(app)
      .map((route) => `${route.method} ${route.path}`)
      .toSorted(),
  );
});

test("addresses are found by one regular expression: none has a fixed part where another has a parameter", async () => {
  await get("/healthz");
  expect(app.router.name).toBe("SmartRouter + RegExpRouter");
});

test("every reference leads somewhere", () => {
  const names = new Set(Object.keys(document.components["schemas"] ?? {}));
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(20);
  expect(references.map(([, name]) => name).filter((name) => !names.has(name ?? ""))).toEqual([]);
});

test("a time is a text; where it may be missing, the field says so", () => {
  expect(document.components["schemas"]?.["Timestamp"]).toMatchObject({ type: "string" });
  expect(document.components["schemas"]?.["Me"]).toMatchObject({
    properties: { expiresAt: { anyOf: [{ $ref: "#/components/schemas/Timestamp" }, { type: "null" }] } },
  });
});

test("operations have names of their own, a summary and a section", () => {
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { operation } of operations()) {
    expect(operation.summary).toMatch(/^[A-Z].+[^.]$/);
    expect(operation.tags).toHaveLength(1);
  }
});

const guarded = new Set(routeTable(app).flatMap(({ path, authenticated }) => (authenticated ? [path] : [])));

test("operations outside the API ask for nothing", () => {
  const open = operations().filter(({ path }) => !guarded.has(path));
  expect(open.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["/docs", "/openapi.json", "/healthz"]),
  );
  expect(open.map(({ operation }) => operation.security)).toEqual(open.map(() => []));
});

test("guarded operations say what they ask for and how they refuse; writes take a key", () => {
  for (const { path, method, operation } of operations().filter(({ path }) => guarded.has(path))) {
    expect(operation.security?.[0]).toHaveProperty("bearer");
    const refusals = ["401", "429", "500", ...(operation.requestBody ? ["413", "415", "422"] : [])];
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(refusals));
    const keys = operation.parameters?.filter(({ name }) => name === "Idempotency-Key") ?? [];
    expect([path, method, keys.length]).toEqual([path, method, method === "get" ? 0 : 1]);
  }
});

const headersOf = (path: string, method: string, status: string): string[] =>
  Object.keys(document.paths[path]?.[method]?.responses[status]?.headers ?? {}).toSorted();

test("answers say what their heads hold, and requests what theirs may", () => {
  const run = "/api/v1/agents/{agentId}/executions";
  expect(headersOf(run, "post", "202")).toEqual(["Idempotency-Replayed", "Location", "Preference-Applied"]);
  expect(headersOf(run, "post", "200")).toEqual(["Idempotency-Replayed", "Location"]);
  expect(headersOf("/api/v1/agents/{agentId}", "get", "200")).toEqual(["ETag"]);
  const given = document.paths[run]?.["post"]?.parameters?.filter((parameter) => parameter.in === "header");
  expect(given?.map(({ name }) => name.toLowerCase()).toSorted()).toEqual([
    "accept",
    "cache-control",
    "idempotency-key",
    "prefer",
  ]);
  const made = operations().filter(({ operation }) => operation.responses["201"] !== undefined);
  expect(made.length).toBeGreaterThan(8);
  for (const { path, method } of made) {
    // What a ticket opens is not the ticket's.
    const location = path === "/api/v1/tickets" ? [] : ["Location"];
    expect([path, headersOf(path, method, "201")]).toEqual([
      path,
      expect.arrayContaining(["Idempotency-Replayed", ...location]) as string[],
    ]);
  }
});

test("a live stream that is asked for wrongly is refused as is said", async () => {
  const url = "https://orrery.example/api/v1/events?after=x";
  const headers = { authorization: `Bearer ${await tokenFor("agents:read")}` };
  const { status } = await app.fetch(new Request(url, { headers }), env, createExecutionContext());
  const refusal = document.paths["/api/v1/events"]?.["get"]?.responses[String(status)];
  expect(refusal).toMatchObject({ description: "The query or the event's id is not valid." });
});

test("what is always sent is required", () => {
  expect(document.components["schemas"]?.["Agent"]).toMatchObject({
    required: expect.arrayContaining(["modelPolicy", "confidential", "metrics"]) as string[],
  });
});

test("examples are what the schemas take", () => {
  const withExample = routeTable(app).filter((route) => {
    const body = document.paths[route.path]?.[route.method.toLowerCase()]?.requestBody;
    return body?.content?.["application/json"]?.example !== undefined;
  });
  expect(withExample.length).toBeGreaterThanOrEqual(5);
  for (const { bodySchema, path, method } of withExample) {
    const example =
      document.paths[path]?.[method.toLowerCase()]?.requestBody?.content?.["application/json"]?.example;
    expect(bodySchema?.safeParse(example).error).toBeUndefined();
  }
});

describe("/docs", () => {
  test("reads without scripts and without a network, and names every route and schema", async () => {
    const response = await get("/docs");
    const html = await response.text();
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(html).not.toMatch(/<script|<link|<img|https?:\/\//);
    for (const { path } of operations()) expect(html).toContain(`<code>${path}</code>`);
    for (const name of Object.keys(document.components["schemas"] ?? {}))
      expect(html).toContain(`<h3>${name}</h3>`);
  });

  test("its policy allows its own style and nothing else", async () => {
    const response = await get("/docs");
    const style = /<style>([\s\S]*?)<\/style>/.exec(await response.text())?.[1] ?? "";
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    const policy = response.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src 'sha256-${hash}'`);
  });

  test("every link within it leads somewhere", async () => {
    const html = await (await get("/docs")).text();
    const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const links = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links.filter((id) => !ids.has(id))).toEqual([]);
  });
});
