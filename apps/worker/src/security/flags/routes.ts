/** `/flags`: what a workspace says about new behaviour. */
import { createRoute, z } from "@hono/zod-openapi";
import { Flag, FlagList, FlagName, OrreryError, SetFlag } from "@orrery/protocol";
import type { Api } from "../context.ts";
import { json, jsonBody, problems } from "../route-parts.ts";
import { requireScope } from "../scopes.ts";
import { flagsFor } from "./flags.ts";
import { flagIds, isFlagId } from "./known-flags.ts";

/** Names of those of a workspace's agents that exist, by id. */
type AgentNames = (
  env: Env,
  workspaceId: string,
  ids: readonly string[],
) => Promise<ReadonlyMap<string, string>>;

const listFlags = createRoute({
  method: "get",
  path: "/flags",
  tags: ["flags"],
  summary: "List all flags with what is said of them",
  middleware: [requireScope("agents:read")] as const,
  responses: { 200: json(FlagList, "Every flag there is, by name."), ...problems },
});

const setFlag = createRoute({
  method: "put",
  path: "/flags/{name}",
  tags: ["flags"],
  summary: "Turn a flag on or off, for the workspace or for one agent",
  description:
    "What is said of an agent goes before what is said of the workspace; `enabled: null` takes it back. It holds " +
    "everywhere within three seconds.",
  middleware: [requireScope("admin")] as const,
  request: { params: z.object({ name: FlagName }), body: jsonBody(SetFlag) },
  responses: { 200: json(Flag, "The flag as it is now."), ...problems },
});

async function assertAgent(
  agentNames: AgentNames,
  env: Env,
  workspaceId: string,
  agentId: string,
): Promise<void> {
  const names = await agentNames(env, workspaceId, [agentId]);
  if (names.has(agentId)) return;
  throw new OrreryError("invalid_request", "There is no such agent in this workspace", {
    status: 422,
    errors: [{ path: "agentId", message: "expected the id of an agent" }],
  });
}

/** Adds `/flags` to the API. */
export const flagRoutes =
  (agentNames: AgentNames) =>
  (api: Api): void => {
    api.openapi(listFlags, async (c) => {
      const flags = await flagsFor(c.env).read(c.var.identity.workspaceId);
      return c.json({ items: flagIds.map((name) => flags.describe(name)), nextCursor: null }, 200);
    });

    api.openapi(setFlag, async (c) => {
      const { workspaceId } = c.var.identity;
      const { name } = c.req.valid("param");
      if (!isFlagId(name)) throw new OrreryError("not_found", `There is no flag ${name}`);
      const said = c.req.valid("json");
      // What was said of an agent that is gone can be taken back.
      if (said.agentId !== undefined && said.enabled !== null) {
        await assertAgent(agentNames, c.env, workspaceId, said.agentId);
      }
      const flags = await flagsFor(c.env).set(workspaceId, name, said);
      return c.json(flags.describe(name), 200);
    });
  };
