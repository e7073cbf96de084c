/** What every route promises, whatever it is about: a new route is held to it by being declared. */
import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { type Scope, newId } from "@orrery/protocol";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createApp, routeTable } from "./index.ts";
import type { RouteEntry } from "./index.ts";
import { bodyOf, tokenFor, tokenWith } from "./testing/client.ts";

const app = createApp();
const routes = routeTable(app);
const guarded = routes.filter((route) => route.authenticated);
const isolate: Env = { ...env, RATE_LIMIT_PER_MINUTE: "0" };

/** A workspace with one of everything that has an id, made over the API. */
const owned: Record<string, string> = {};

async function call(method: string, path: string, token: string | null, body?: string): Promise<Response> {
  const headers = new Headers();
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("content-type", "application/json");
  const context = createExecutionContext();
  const request = new Request(`https://orrery.example${path}`, { method, headers, body: body ?? null });
  const response = await app.fetch(request, isolate, context);
  await waitOnExecutionContext(context);
  return response;
}

async function created(path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await call("POST", path, await tokenFor("admin"), JSON.stringify(body));
  const answer = await bodyOf(response);
  if (response.status >= 300)
    throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}

beforeAll(async () => {
  const agent = await created("/api/v1/agents", { name: "Owned" });
  owned["agentId"] = String(agent["id"]);
  const execution = await created(`/api/v1/agents/${String(agent["id"])}/executions`, { input: "Hello" });
  owned["executionId"] = String(execution["id"]);
  owned["sessionId"] = String(execution["sessionId"]);
  const document = { name: "owned.md", mediaType: "text/markdown", data: btoa("# Owned") };
  const given = await created(`/api/v1/agents/${String(agent["id"])}/documents`, document);
  owned["documentId"] = String(given["id"]);
  const token = await created("/api/v1/tokens", { name: "Owned", scopes: ["agents:read"] });
  owned["id"] = String(token["id"]);
  const budget = await created("/api/v1/budgets", {
    scope: "agent",
    targetId: newId(),
    period: "day",
    limitMicros: 1,
  });
  owned["name"] = "fuse-progress";
  owned["budgetId"] = String(budget["id"]);
  const key = await created("/api/v1/keys", {
    use: "sign",
    algorithm: "Ed25519",
    holder: { kind: "workspace" },
  });
  owned["keyId"] = String(key["id"]);
  // Parted from Redis: what a route asks of a Redis that is not there is another test's.
  const bridge = await created("/api/v1/bridges", {
    name: "Owned",
    redis: { kind: "tcp", url: "redis://127.0.0.1:1" },
    enabled: false,
  });
  const bridgeId = String(bridge["id"]);
  owned["bridgeId"] = bridgeId;
  owned["letterId"] = "1-0";
  owned["fuseAgentId"] = "owned";
  await created("/api/v1/fuse/agents", { id: "owned", bridgeId, model: "offline/extract" });
  owned["taskId"] = "owned-task";
  await env.FUSE_AGENTS.getByName(`${bridgeId}/owned`).handleTask({ id: "owned-task", payload: "Hello" });
});

/** The route's address with ids that exist in the workspace `default`. */
const addressOf = (route: RouteEntry): string =>
  route.path.replaceAll(/\{(.+?)\}/g, (_, name: string) => owned[name] ?? `unknown-parameter-${name}`);

const named = (list: readonly RouteEntry[]) =>
  list.map((route) => [`${route.method} ${route.path}`, route] as const);

const jsonSchemaOf = (schema: z.ZodType) =>
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as {
    properties?: Record<string, { type?: string }>;
    required?: string[];
  };

/** The least that the route's schema may take, or nearly: enough to come past parsing. */
const someBody = (route: RouteEntry): string | undefined =>
  route.bodySchema === undefined ? undefined : "{}";

test("the table holds every route of the API", () => {
  expect(guarded.length).toBeGreaterThan(15);
  expect(new Set(routes.map((route) => `${route.method} ${route.path}`)).size).toBe(routes.length);
});

test("every address uses the parameters that this test owns", () => {
  for (const route of guarded) expect(addressOf(route)).not.toContain("unknown-parameter");
});

test("every route but those about the caller itself demands a scope", () => {
  const open = guarded.filter((route) => route.scopes.length === 0).map((route) => route.path);
  expect(open.toSorted()).toEqual(["/api/v1/me", "/api/v1/tickets"]);
});

describe("without a token, 401", () => {
  test.each(named(guarded))("%s", async (_, route) => {
    const response = await call(route.method, addressOf(route), null, someBody(route));
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("Bearer");
    expect(await bodyOf(response)).toMatchObject({ code: "unauthenticated" });
  });
});

describe("with a ticket or a token in the address, 400", () => {
  test.each(named(guarded.filter((route) => !route.byAddress)))("%s", async (_, route) => {
    const admin = await tokenFor("admin");
    const { ticket } = await bodyOf(await call("POST", "/api/v1/tickets", admin));
    for (const query of [`ticket=${String(ticket)}`, `token=${admin}`]) {
      const address = `https://orrery.example${addressOf(route)}?${query}`;
      // As a socket or a stream would ask for it.
      const headers = {
        upgrade: "websocket",
        accept: "text/event-stream",
        "content-type": "application/json",
      };
      const body = someBody(route) ?? null;
      const context = createExecutionContext();
      const request = new Request(address, { method: route.method, headers, body });
      const response = await app.fetch(request, isolate, context);
      await waitOnExecutionContext(context);
      expect([response.status, await bodyOf(response)]).toMatchObject([400, { code: "invalid_request" }]);
    }
  });

  test("but for sockets and event streams", () => {
    const open = guarded.filter((route) => route.byAddress).map((route) => `${route.method} ${route.path}`);
    expect(open.toSorted()).toEqual(["GET /api/v1/events", "GET /api/v1/executions/{executionId}/stream"]);
  });
});

describe("with every scope but the one it demands, 403", () => {
  const all: Scope[] = ["agents:read", "agents:write", "executions:run"];

  test.each(named(guarded.filter((route) => route.scopes.length > 0)))("%s", async (_, route) => {
    const token = await tokenFor(...all.filter((scope) => !route.scopes.includes(scope)));
    const response = await call(route.method, addressOf(route), token, someBody(route));
    expect(response.status).toBe(403);
    expect(await bodyOf(response)).toMatchObject({ code: "forbidden" });
  });
});

describe("with ids of another workspace, 404", () => {
  /** Bodies that the schemas take, for routes that have one. */
  const valid: Record<string, unknown> = {
    "PATCH /api/v1/agents/{agentId}": { name: "Taken" },
    "PATCH /api/v1/budgets/{budgetId}": { limitMicros: 0 },
    "POST /api/v1/agents/{agentId}/executions": { input: "Hello" },
    "POST /api/v1/agents/{agentId}/documents": { name: "a.md", mediaType: "text/markdown", data: "QQ==" },
    "POST /api/v1/keys/{keyId}/rotate": {},
    "PATCH /api/v1/bridges/{bridgeId}": { name: "Taken" },
    "POST /api/v1/fuse/agents/{bridgeId}/{fuseAgentId}/migrate": { mode: "shadow" },
  };

  /** Of these, every workspace has its own under the same name. */
  const everyones = new Set(["/api/v1/flags/{name}"]);
  const owners = guarded.filter((route) => route.path.includes("{") && !everyones.has(route.path));

  test.each(named(owners))("%s", async (name, route) => {
    const stranger = await tokenWith({ workspace: "strangers" });
    const body = valid[name];
    expect(body === undefined, "a route with a body needs a valid one above").toBe(
      route.bodySchema === undefined,
    );
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await call(route.method, addressOf(route), stranger, text);
    expect(response.status).toBe(404);
    expect(await bodyOf(response)).toMatchObject({ code: "not_found" });
  });

  test("and nothing of the owner's is touched", async () => {
    const agent = await call("GET", `/api/v1/agents/${owned["agentId"]}`, await tokenFor("admin"));
    expect(await bodyOf(agent)).toMatchObject({ id: owned["agentId"], name: "Owned" });
  });
});

describe("ids that do not exist, or cannot, are 404", () => {
  test.each(named(guarded.filter((route) => route.path.includes("{") && route.method === "GET")))(
    "%s",
    async (_, route) => {
      const token = await tokenFor("admin");
      for (const id of [newId(), "0", "%00", "..%2f..", "'; DROP TABLE agents; --"]) {
        const address = route.path.replaceAll(/\{.+?\}/g, encodeURIComponent(id));
        const response = await call("GET", address, token);
        expect([id, response.status]).toEqual([id, 404]);
        await response.body?.cancel();
      }
    },
  );
});

describe("cursors that no page of the list gave are 422, and say so", () => {
  const lists = guarded.filter(
    ({ querySchema }) =>
      querySchema !== undefined && "cursor" in (jsonSchemaOf(querySchema).properties ?? {}),
  );

  test("in a dozen lists and more", () => {
    expect(lists.length).toBeGreaterThanOrEqual(12);
  });

  test.each(named(lists))("%s", async (_, route) => {
    const token = await tokenFor("admin");
    const page = await bodyOf(await call("GET", "/api/v1/agents?limit=1", token));
    const ofAgents = String(page["nextCursor"]);
    expect(page["nextCursor"]).toBeTypeOf("string");
    const others = ["zzz", newId(), `${ofAgents}x`, ...(route.path === "/api/v1/agents" ? [] : [ofAgents])];
    for (const cursor of others) {
      const response = await call(route.method, `${addressOf(route)}?cursor=${cursor}`, token);
      const { code, errors } = await bodyOf(response);
      expect([cursor, response.status, code, errors]).toMatchObject([
        cursor,
        422,
        "invalid_request",
        [{ path: "cursor" }],
      ]);
    }
  });
});

describe("malformed bodies are 4xx, strange ones never 5xx", () => {
  /** Any JSON in the schema's own fields: most of it wrong, some of it nearly right. */
  function bodies(schema: z.ZodType): fc.Arbitrary<unknown> {
    const { properties = {} } = jsonSchemaOf(schema);
    const field = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom("", -1, 1e308, "\u0000", [], {}, null),
    );
    const fields = Object.fromEntries(Object.keys(properties).map((name) => [name, field]));
    return fc.oneof(
      fc.record(fields, { requiredKeys: [] }),
      fc.record({ ...fields, unknown: field }, { requiredKeys: [] }),
      fc.jsonValue(),
    );
  }

  const withBody = guarded.filter((route) => route.bodySchema !== undefined);
  const runs = Math.ceil(200 / withBody.length);

  test.each(named(withBody))("%s", async (_, route) => {
    const { bodySchema } = route;
    if (bodySchema === undefined) throw new Error("only routes with a body are listed");
    const token = await tokenFor("admin");
    await fc.assert(
      fc.asyncProperty(bodies(bodySchema), async (body) => {
        const taken = bodySchema.safeParse(body).success;
        const response = await call(route.method, addressOf(route), token, JSON.stringify(body));
        const answer = await response.text();
        expect(response.status).toBeLessThan(500);
        const refused = response.status === 422 && answer.includes('"invalid_request"');
        expect(taken || refused, `${response.status} ${answer}`).toBe(true);
      }),
      { numRuns: runs, seed: 20_261_120 },
    );
    for (const text of ["", "{", "nul", '{"a":1,}', "[", "\u0000"]) {
      const response = await call(route.method, addressOf(route), token, text);
      expect([text, response.status < 500 && response.status >= 400]).toEqual([text, true]);
      await response.body?.cancel();
    }
  });
});

describe("the one-shot form of existing clients", () => {
  test("has an address at the root, too", async () => {
    const body = JSON.stringify({ input: "Hello", agent_config: { model: "offline/extract" } });
    const response = await call("POST", "/edge/execute", await tokenFor("executions:run"), body);
    expect(await bodyOf(response)).toMatchObject({ success: true, model: "offline/extract" });
  });

  test.each(["GET", "PUT", "DELETE"])("takes no %s", async (method) => {
    const response = await call(method, "/edge/execute", await tokenFor("executions:run"));
    expect([response.status, response.headers.get("allow")]).toEqual([405, "OPTIONS, POST"]);
    expect(await bodyOf(response)).toMatchObject({ code: "method_not_allowed", instance: "/edge/execute" });
  });
});
