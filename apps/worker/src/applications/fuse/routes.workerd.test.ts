import { env } from "cloudflare:workers";
import { OpenAPIHono } from "@hono/zod-openapi";
import { newId } from "@orrery/protocol";
import { expect, it } from "vitest";
import type { AppEnv } from "../../security/index.ts";
import { fuseRoutes } from "./routes.ts";

it("agents of a bridge that is no more are left out of the list", async () => {
  const workspaceId = newId();
  const app = new OpenAPIHono<AppEnv>();
  app.use(async (c, next) => {
    const who = { subject: "tester", method: "jwt", expiresAt: null, tokenId: null } as const;
    c.set("identity", { ...who, workspaceId, scopes: ["agents:read"] });
    await next();
  });
  fuseRoutes(app);
  await env.DB.prepare(
    `INSERT INTO fuse_agents (bridge_id, id, workspace_id, agent_id, mode, canary_percent, created_at, updated_at)
     VALUES (?, 'writer', ?, ?, 'legacy', 0, '', '')`,
  )
    .bind(newId(), workspaceId, newId())
    .run();
  const answer = await app.request("/fuse/agents?limit=10", {}, env);
  expect([answer.status, await answer.json()]).toEqual([200, { items: [], nextCursor: null }]);
});
