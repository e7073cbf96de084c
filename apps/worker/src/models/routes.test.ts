import { OpenAPIHono } from "@hono/zod-openapi";
import { ModelList, type Scope } from "@orrery/protocol";
import { describe, expect, it } from "vitest";
import type { AppEnv } from "../security/index.ts";
import { modelRoutes } from "./routes.ts";

function appFor(scopes: Scope[]) {
  const api = new OpenAPIHono<AppEnv>();
  api.use(async (context, next) => {
    context.set("identity", {
      subject: "someone",
      workspaceId: "default",
      scopes,
      method: "jwt",
      expiresAt: null,
      tokenId: null,
    });
    await next();
  });
  modelRoutes(api);
  return api;
}

describe("GET /models", () => {
  it("answers with the list that the protocol describes, and says what is usable", async () => {
    const response = await appFor(["agents:read"]).request(
      "/models",
      {},
      { OPENAI_API_KEY: "sk-secret-key" },
    );
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).not.toContain("sk-secret-key");
    const { items } = ModelList.parse(JSON.parse(text));
    expect(items.find((model) => model.id === "openai/gpt-5")).toMatchObject({ usable: true, reason: null });
    expect(items.find((model) => model.id === "anthropic/claude-opus-5-5")).toMatchObject({ usable: false });
  });

  it("demands agents:read", async () => {
    const api = appFor(["executions:run"]);
    let refused: unknown;
    api.onError((error, context) => {
      refused = error;
      return context.text("", 403);
    });
    await api.request("/models", {}, {});
    expect(refused).toMatchObject({ code: "forbidden" });
  });
});
