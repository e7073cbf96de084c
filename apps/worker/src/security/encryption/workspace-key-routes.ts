import { createRoute } from "@hono/zod-openapi";
import { DestroyWorkspaceKey, OrreryError, WorkspaceKey, valueOf } from "@orrery/protocol";
import type { Api } from "../context.ts";
import { json, jsonBody, problem, problems } from "../route-parts.ts";
import { requireScope } from "../scopes.ts";
import { forgetVault } from "./leased-vaults.ts";

const tags = ["keys"];
const admin = requireScope("admin");
const unusable = problem("KEY_ENCRYPTION_KEY is not set, or does not open the workspace's key.");

const describe = createRoute({
  method: "get",
  path: "/workspace-key",
  tags,
  summary: "Show the key under which the workspace's data is sealed",
  description:
    "Looking at it also wraps it anew, where KEY_ENCRYPTION_KEY begins with another key than before.",
  middleware: admin,
  responses: { 200: json(WorkspaceKey, "Its version, never the key."), ...problems, 409: unusable },
});

const rotate = createRoute({
  method: "post",
  path: "/workspace-key/rotate",
  tags,
  summary: "Make a new version of the workspace's key",
  description:
    "It seals after half a minute, when everyone knows of it; what was sealed under earlier versions still opens. " +
    "After the key was destroyed, this makes a new one: what was sealed before stays unreadable.",
  middleware: admin,
  responses: { 200: json(WorkspaceKey, "The new version."), ...problems, 409: unusable },
});

const destroy = createRoute({
  method: "delete",
  path: "/workspace-key",
  tags,
  summary: "Destroy the workspace's key, with all its versions",
  description:
    "Within half a minute nothing that was sealed can be read any more, by anyone, ever: executions, sessions and " +
    "documents of confidential agents, secrets of bridges, private keys. Nothing new is sealed until somebody rotates.",
  middleware: admin,
  request: { body: jsonBody(DestroyWorkspaceKey) },
  responses: { 200: json(WorkspaceKey, "When it was destroyed."), ...problems },
});

/** Adds `/workspace-key` to the API. */
export function workspaceKeyRoutes(api: Api): void {
  const ring = (env: Env, workspaceId: string) => env.KEYRINGS.getByName(workspaceId);

  api.openapi(describe, async (c) => {
    const { workspaceId } = c.var.identity;
    return c.json(valueOf(await ring(c.env, workspaceId).workspaceKey()), 200);
  });

  api.openapi(rotate, async (c) => {
    const { workspaceId } = c.var.identity;
    const key = valueOf(await ring(c.env, workspaceId).rotateWorkspaceKey());
    forgetVault(c.env, workspaceId);
    return c.json(key, 200);
  });

  api.openapi(destroy, async (c) => {
    const { workspaceId } = c.var.identity;
    if (c.req.valid("json").confirm !== workspaceId) {
      throw new OrreryError("invalid_request", "Whoever destroys a workspace's key must name the workspace", {
        status: 422,
        errors: [{ path: "confirm", message: "expected the workspace's own id" }],
      });
    }
    const key = valueOf(await ring(c.env, workspaceId).destroyWorkspaceKey());
    forgetVault(c.env, workspaceId);
    return c.json(key, 200);
  });
}
