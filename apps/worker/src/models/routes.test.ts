import { OpenAPIHono } from "@hono/zod-openapi";
import { ModelList, RouteDecision, type Scope, type WorkspacePolicy } from "@orrery/protocol";
import { describe, expect, it } from "vitest";
import type { AppEnv } from "../security/index.ts";
import { modelRoutes } from "./routes.ts";

/** An account whose object knows only this policy. */
const accountsWith = (policy: WorkspacePolicy) => ({
  ACCOUNTS: {
    getByName: () => ({ lend: async () => ({ policy, budgeted: false, milliseconds: 1000 }) }),
  },
});

function appFor(scopes: Scope[], workspaceId = "default") {
  const api = new OpenAPIHono<AppEnv>();
  const refused: unknown[] = [];
  api.use(async (context, next) => {
    context.set("identity", {
      subject: "someone",
      workspaceId,
      scopes,
      method: "jwt",
      expiresAt: null,
      tokenId: null,
    });
    await next();
  });
  modelRoutes(api);
  api.onError((error, context) => {
    refused.push(error);
    return context.text("", 403);
  });
  return { api, refused };
}

describe("GET /models", () => {
  it("answers with the list that the protocol describes, and says what is usable", async () => {
    const env = { ...accountsWith({}), OPENAI_API_KEY: "sk-secret-key" };
    const response = await appFor(["agents:read"]).api.request("/models", {}, env);
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).not.toContain("sk-secret-key");
    const { items, problems } = ModelList.parse(JSON.parse(text));
    expect(problems).toEqual([]);
    expect(items.find((model) => model.id === "openai/gpt-5")).toMatchObject({
      usable: true,
      reason: null,
      health: { calls: 0, breaker: "closed", latencyP50: null },
    });
    expect(items.find((model) => model.id === "anthropic/claude-opus-5-5")).toMatchObject({ usable: false });
  });

  it("says what is wrong with the configuration, and lists the rest all the same", async () => {
    const env = {
      ...accountsWith({}),
      MODEL_SERVERS: "[",
      MODEL_CATALOG: JSON.stringify({
        "openai/gpt-5": { quality: 9 },
        "openai/gpt-5-mini": { name: "Our mini" },
      }),
    };
    const response = await appFor(["agents:read"]).api.request("/models", {}, env);
    const { items, problems } = ModelList.parse(await response.json());
    expect(problems).toEqual([
      "MODEL_SERVERS is not valid JSON",
      expect.stringMatching(/^MODEL_CATALOG is not valid at openai\/gpt-5\.quality: /),
    ]);
    expect(items.find((model) => model.id === "openai/gpt-5-mini")).toMatchObject({ name: "Our mini" });
    expect(items.find((model) => model.id === "openai/gpt-5")).toMatchObject({ quality: 2 });
  });

  it("demands agents:read", async () => {
    const { api, refused } = appFor(["executions:run"]);
    await api.request("/models", {}, accountsWith({}));
    expect(refused).toMatchObject([{ code: "forbidden" }]);
  });
});

describe("POST /models/route", () => {
  const ask = (body: unknown) => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

  it("says what would be chosen, and what stood beside it", async () => {
    const env = { ...accountsWith({}), ANTHROPIC_API_KEY: "k" };
    const response = await appFor(["agents:read"]).api.request("/models/route", ask({ model: "auto" }), env);
    expect(response.status).toBe(200);
    expect(RouteDecision.parse(await response.json())).toMatchObject({
      requested: "auto",
      chosen: "anthropic/claude-sonnet-5-5",
      why: "routed",
      preference: "balanced",
      task: "chat",
    });
  });

  it("chooses for the task, whatever kind of model that takes", async () => {
    const chosen = async (body: unknown): Promise<unknown> => {
      const env = accountsWith({});
      const response = await appFor(["agents:read"]).api.request("/models/route", ask(body), env);
      return RouteDecision.parse(await response.json()).chosen;
    };
    expect(await chosen({ model: "auto", task: "embed" })).toBe("offline/hash-768");
    expect(await chosen({ model: "auto:image" })).toBe("offline/draw");
    expect(await chosen({ model: "auto:cheap:code" })).toBe("offline/extract");
    expect(await chosen({ model: "offline/hash-768" })).toBe("offline/hash-768");
  });

  it("keeps to the policy of the workspace, and says so where nothing is left", async () => {
    const { api, refused } = appFor(["agents:read"], "strict");
    const env = { ...accountsWith({ allowedModels: ["openai/*"] }), ANTHROPIC_API_KEY: "k" };
    await api.request("/models/route", ask({ model: "anthropic/claude-opus-5-5" }), env);
    expect(refused).toMatchObject([{ code: "invalid_request", status: 422 }]);
    expect(String(refused[0])).toContain("not among the models that the policy allows");
  });

  it("demands agents:read", async () => {
    const { api, refused } = appFor(["executions:run"]);
    await api.request("/models/route", ask({ model: "auto" }), accountsWith({}));
    expect(refused).toMatchObject([{ code: "forbidden" }]);
  });
});
