import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "./app.ts";
import { tokenWith } from "./testing/client.ts";

const app = createApp();

/** What a deployment with these variables answers. */
async function ask(variables: Partial<Env>, path: string, init: RequestInit = {}): Promise<Response> {
  const context = createExecutionContext();
  const isolate: Env = { ...env, ...variables };
  const headers = { authorization: `Bearer ${await tokenWith()}`, "content-type": "application/json" };
  const request = new Request(`https://orrery.example${path}`, { headers, ...init });
  const response = await app.fetch(request, isolate, context);
  await waitOnExecutionContext(context);
  return response;
}

interface Readiness {
  status: string;
  dependencies: Record<string, { ready: boolean; reason?: string }>;
}

async function settingsOf(variables: Partial<Env>): Promise<{ status: number; reason: string | undefined }> {
  const response = await ask(variables, "/readyz");
  const { dependencies } = await response.json<Readiness>();
  return { status: response.status, reason: dependencies["settings"]?.reason };
}

beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

const secret = "s3cret-value-of-a-header";

const mistakes: [name: keyof Env, value: string, said: string][] = [
  ["HTTP_TOOLS", `[{"name":"x","headers":{"a":"${secret}"}}]`, "HTTP_TOOLS is not valid: 0.description"],
  ["HTTP_TOOLS", `{"${secret}`, "HTTP_TOOLS is not JSON."],
  ["MODEL_SERVERS", '{"lab":{"baseUrl":"nowhere"}}', "MODEL_SERVERS is not valid at lab.baseUrl"],
  ["MODEL_CATALOG", '{"openai/gpt-5":{"price":"much"}}', "MODEL_CATALOG is not valid at openai/gpt-5.price"],
  ["MODEL_LIMITS", '{"openai":{}}', "MODEL_LIMITS is not valid at openai"],
  ["KEY_ENCRYPTION_KEY", `k1:${secret}`, 'no usable KEY_ENCRYPTION_KEY: key "k1" has'],
  ["JWKS_URL", secret, "JWKS_URL is not an address"],
  ["INPUT_CHECK_URL", secret, "INPUT_CHECK_URL is not valid: expected an address"],
  ["INPUT_CHECK_ON_FAILURE", secret, "INPUT_CHECK_ON_FAILURE is not valid: expected one of refuse, allow"],
  ["OPENAI_BASE_URL", secret, "OPENAI_BASE_URL is not valid"],
  ["RATE_LIMIT_PER_MINUTE", "many", "RATE_LIMIT_PER_MINUTE is not valid"],
  ["AGENT_REST_MS", "soon", "AGENT_REST_MS is not valid"],
  ["LOG_LEVEL", "loud", "LOG_LEVEL is not valid"],
  ["CORS_ORIGINS", "https://a.example, *", "CORS_ORIGINS is not valid"],
  ["ACCESS_SCOPES", "agents:read everything", "ACCESS_SCOPES is not valid"],
  ["ACCESS_TEAM_DOMAIN", "team", "ACCESS_TEAM_DOMAIN and ACCESS_AUDIENCE"],
];

describe("a mistake in a variable", () => {
  test.each(mistakes)(
    "is named by readiness, without what the variable holds: %s=%s",
    async (name, value, said) => {
      const { status, reason } = await settingsOf({ [name]: value });
      expect([status, reason]).toEqual([503, expect.stringContaining(said)]);
      expect(reason).not.toContain(secret);
    },
  );

  test("is told beside every other one", async () => {
    const { reason } = await settingsOf({ HTTP_TOOLS: "[", LOG_LEVEL: "loud" });
    expect(reason?.split("\n")).toHaveLength(2);
  });

  test("keeps no request from an answer", async () => {
    for (const [name, value] of mistakes) {
      const agent = JSON.stringify({ name: "Ada", tools: ["calculate"] });
      const created = await ask({ [name]: value }, "/api/v1/agents", { method: "POST", body: agent });
      expect([name, created.status]).toEqual([name, 201]);
    }
  });

  test("in HTTP_TOOLS is why an agent cannot have one of them", async () => {
    const agent = JSON.stringify({ name: "Ada", tools: ["write_ledger"] });
    const refused = await ask({ HTTP_TOOLS: "[" }, "/api/v1/agents", { method: "POST", body: agent });
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain("HTTP_TOOLS is not JSON.");
  });
});

test("variables that are not set, and those that are right, are in order", async () => {
  expect(await settingsOf({})).toEqual({ status: 200, reason: undefined });
  const right: Partial<Env> = {
    HTTP_TOOLS: "",
    MODEL_SERVERS: '{"lab":{"baseUrl":"http://127.0.0.1:1/v1"}}',
    JWKS_URL: "https://id.example/keys",
    CORS_ORIGINS: "https://a.example, tauri://localhost",
    ACCESS_SCOPES: "agents:read  executions:run",
    RATE_LIMIT_PER_MINUTE: "0",
    LOG_LEVEL: "silent",
  };
  expect(await settingsOf(right)).toEqual({ status: 200, reason: undefined });
});
