/** What every client meets: errors, refusals, walls between workspaces, events that go on. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LLMock } from "@copilotkit/aimock";
import { createClient } from "@orrery/client";
import type { ConnectionStatus, LiveEvent, OrreryClient } from "@orrery/client";
import { errorStatus } from "@orrery/protocol";
import type { ErrorCode } from "@orrery/protocol";
import * as fc from "fast-check";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPlatform } from "../platform/platform.ts";
import type { Platform } from "../platform/platform.ts";
import { requirement } from "./requirements.ts";

const models = new LLMock({ port: 0 });
let platform: Platform;
let client: OrreryClient;
let agentId: string;
let executionId: string;
let sessionId: string;

beforeAll(async () => {
  await models.start();
  platform = await startPlatform({
    env: { MODEL_SERVERS: JSON.stringify({ lab: { baseUrl: `${models.url}/v1` } }) },
  });
  client = createClient({ baseUrl: platform.url, token: platform.token });
  agentId = (await client.agents.create({ name: "Ours" })).id;
  const execution = await client.executions.create(agentId, "Hello");
  ({ id: executionId, sessionId } = execution);
});
afterAll(async () => {
  await platform.stop();
  await models.stop();
});

const signingKey = (): Uint8Array =>
  Buffer.from(readFileSync(join(platform.state, "signing-key"), "utf8").trim(), "base64url");

interface Claims {
  workspace?: string;
  scopes?: string[];
  audience?: string;
  expires?: string;
}

const token = ({
  workspace = "default",
  scopes = ["admin"],
  audience = "orrery",
  expires = "1h",
}: Claims = {}) =>
  new SignJWT({ workspace, scopes })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer("orrery")
    .setAudience(audience)
    .setSubject("tester")
    .setIssuedAt()
    .setJti(crypto.randomUUID())
    .setExpirationTime(expires);

const signed = (claims?: Claims): Promise<string> => token(claims).sign(signingKey());

const call = (
  method: string,
  path: string,
  bearer: string | null,
  body?: string,
  headers = {},
): Promise<Response> =>
  fetch(platform.url + path, {
    method,
    headers: {
      ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });

async function expectProblem(
  response: Response,
  code: ErrorCode,
  status: number = errorStatus[code],
): Promise<void> {
  const body = (await response.json()) as Record<string, unknown>;
  expect({ status: response.status, code: body["code"] }).toEqual({ status, code });
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  for (const member of ["type", "title", "detail", "instance"]) expect(body[member]).toBeTypeOf("string");
  expect(JSON.stringify(body)).not.toMatch(/\bat \S+\.[jt]s:\d+|\/node_modules\//);
}

describe("errors", () => {
  /** How each code is met, but for those that need more than a request, and `internal`, which has no honest cause. */
  const causes: Record<
    Exclude<
      ErrorCode,
      "budget_exceeded" | "internal" | "rate_limited" | "upstream_failed" | "upstream_timeout"
    >,
    () => Promise<Response>
  > = {
    invalid_request: () => call("POST", "/api/v1/agents", platform.token, "{not json"),
    unauthenticated: () => call("GET", "/api/v1/agents", null),
    forbidden: async () =>
      call("POST", "/api/v1/agents", await signed({ scopes: ["agents:read"] }), '{"name":"x"}'),
    not_found: () => call("GET", "/api/v1/agents/019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87", platform.token),
    method_not_allowed: () => call("PUT", "/api/v1/agents", platform.token, "{}"),
    conflict: () => call("POST", `/api/v1/executions/${executionId}/cancel`, platform.token),
    payload_too_large: () =>
      call("POST", "/api/v1/agents", platform.token, JSON.stringify({ name: "x".repeat(2_000_000) })),
    unsupported_media_type: () =>
      call("POST", "/api/v1/agents", platform.token, undefined, { "content-type": "text/plain" }),
    idempotency_mismatch: async () => {
      const headers = { "idempotency-key": crypto.randomUUID() };
      await call("POST", "/api/v1/agents", platform.token, '{"name":"One"}', headers);
      return await call("POST", "/api/v1/agents", platform.token, '{"name":"Two"}', headers);
    },
  };

  it.each(Object.entries(causes))(`${requirement("every-error")}: %s`, async (code, cause) => {
    await expectProblem(await cause(), code as ErrorCode);
  });

  it(requirement("every-error", "rate_limited"), async () => {
    const limited = await startPlatform({ env: { RATE_LIMIT_PER_MINUTE: "60" } });
    try {
      const headers = { authorization: `Bearer ${limited.token}` };
      const answers = await Promise.all(
        Array.from({ length: 120 }, () => fetch(`${limited.url}/api/v1/me`, { headers })),
      );
      const refused = answers.find(({ status }) => status === 429);
      if (!refused) throw new Error("nothing was refused");
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      await expectProblem(refused, "rate_limited");
    } finally {
      await limited.stop();
    }
  });

  it(requirement("every-error", "upstream_failed, in the execution that it ended"), async () => {
    models.onMessage("fall over", {
      error: { message: "no such model", type: "invalid_request_error" },
      status: 404,
    });
    const agent = await client.agents.create({ name: "Far", model: "lab/any" });
    const execution = await client.executions.create(agent.id, "fall over");
    expect(execution.error).toMatchObject({ code: "upstream_failed" });
  });

  it("says where each field of a request is wrong", async () => {
    const response = await call(
      "POST",
      "/api/v1/agents",
      platform.token,
      '{"name":"","temperature":9,"colour":"red"}',
    );
    expect(response.status).toBe(422);
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect(errors.map(({ path }) => path)).toEqual(expect.arrayContaining(["name", "temperature"]));
  });

  it(requirement("malformed-bodies"), async () => {
    const paths = [
      "/api/v1/agents",
      `/api/v1/agents/${agentId}/executions`,
      "/api/v1/edge/execute",
      "/api/v1/tokens",
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.oneof(fc.json(), fc.string()), async (path, body) => {
        const response = await call("POST", path, platform.token, body);
        await response.arrayBuffer();
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(response.status).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
  });
});

describe("identity", () => {
  it(requirement("bad-tokens"), async () => {
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${platform.token.split(".")[1]}.`;
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    const confused = await token().sign(Buffer.from(JSON.stringify(await exportJWK(publicKey))));
    const rs = await new SignJWT({ workspace: "default", scopes: ["admin"] })
      .setProtectedHeader({ alg: "RS256" })
      .setIssuer("orrery")
      .setAudience("orrery")
      .setSubject("tester")
      .setExpirationTime("1h")
      .sign(privateKey);
    const bad = {
      expired: await token()
        .setExpirationTime(Math.floor(Date.now() / 1000) - 60)
        .sign(signingKey()),
      unsigned: none,
      "signed with another key": await token().sign(crypto.getRandomValues(new Uint8Array(32))),
      "signed with a public key": confused,
      "of another algorithm": rs,
      "for another audience": await signed({ audience: "elsewhere" }),
      garbage: "garbage",
    };
    for (const [kind, value] of Object.entries(bad)) {
      const response = await call("GET", "/api/v1/me", value);
      expect([kind, response.status]).toEqual([kind, 401]);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
      await expectProblem(response, "unauthenticated");
    }
    const made = await client.tokens.create({ name: "Short-lived", kind: "jwt", scopes: ["agents:read"] });
    expect((await call("GET", "/api/v1/me", made.secret)).status).toBe(200);
    await client.tokens.revoke(made.id);
    await expectProblem(await call("GET", "/api/v1/me", made.secret), "unauthenticated");
  });

  it(requirement("isolation"), async () => {
    const document = (await (await fetch(`${platform.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const stranger = await signed({ workspace: "elsewhere" });
    const ids: Record<string, string> = {
      agentId,
      executionId,
      sessionId,
      documentId: "9f86d081884c7d659a2feaa0c55ad015",
      id: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87",
    };
    const bodies: Record<string, string> = {
      [`patch /api/v1/agents/{agentId}`]: '{"name":"Mine now"}',
      [`post /api/v1/agents/{agentId}/executions`]: '{"input":"Let me in"}',
      [`post /api/v1/agents/{agentId}/documents`]:
        '{"name":"a.md","mediaType":"text/markdown","data":"QQ=="}',
      [`put /api/v1/flags/{name}`]: '{"enabled":true}',
    };
    let tried = 0;
    for (const [path, methods] of Object.entries(document.paths)) {
      if (!path.includes("{")) continue;
      for (const method of Object.keys(methods)) {
        const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name);
        const response = await call(method.toUpperCase(), address, stranger, bodies[`${method} ${path}`]);
        expect([method, path, response.status]).toEqual([method, path, 404]);
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(8);
    const listed = createClient({ baseUrl: platform.url, token: stranger });
    expect((await listed.agents.list()).items).toEqual([]);
    expect((await listed.executions.listRecent()).items).toEqual([]);
    expect((await client.agents.get(agentId)).name).toBe("Ours");
  });
});

describe("live events", () => {
  it(requirement("events-resume"), async () => {
    const seen: LiveEvent[] = [];
    const open = Promise.withResolvers<void>();
    const onStatus = (status: ConnectionStatus) => void (status === "open" && open.resolve());
    const follow = async (
      after: string | undefined,
      enough: (event: LiveEvent) => boolean,
    ): Promise<void> => {
      for await (const event of client.events.subscribe({ after, onStatus })) {
        if (event.type === "gap") throw new Error("events were lost");
        seen.push(event);
        if (enough(event)) return;
      }
    };
    const first = follow(undefined, ({ type }) => type === "execution.completed");
    await open.promise;
    await client.executions.create(agentId, "One");
    await first;
    const second = await client.executions.create(agentId, "Two");
    const third = await client.executions.create(agentId, "Three");
    await follow(
      seen.at(-1)?.id,
      ({ type, executionId: id }) => type === "execution.completed" && id === third.id,
    );
    const completed = seen
      .filter(({ type }) => type === "execution.completed")
      .map(({ executionId: id }) => id);
    expect(completed.slice(-2)).toEqual([second.id, third.id]);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  });
});
