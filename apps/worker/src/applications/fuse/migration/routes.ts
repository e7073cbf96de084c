/** `/fuse/import`, and of each agent `/migrate` and `/differences`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  FuseAgentId,
  Id,
  ImportFuseAgents,
  ImportResult,
  Migrate,
  MigrationResult,
  PageQuery,
  ShadowDifferenceList,
  valueOf,
} from "@orrery/protocol";
import {
  type Api,
  cursorsOf,
  json,
  jsonBody,
  problem,
  problems,
  requireScope,
} from "../../../security/index.ts";
import { fuseBridgeStub } from "../bridge/bridge-access.ts";
import { type MakeAgent, importAgents } from "./import-agents.ts";

const tags = ["fuse"];
const read = requireScope("agents:read");
const write = requireScope("agents:write");

const params = z.object({ bridgeId: Id, fuseAgentId: FuseAgentId });

const migrateAgent = createRoute({
  method: "post",
  path: "/fuse/agents/{bridgeId}/{fuseAgentId}/migrate",
  tags,
  summary: "Change who answers for an agent",
  description:
    "At any moment and in any direction. On the way back, what is unfinished is handed to the existing agent; while " +
    "`migrating` is true, that is still under way.",
  middleware: write,
  request: { params, body: jsonBody(Migrate) },
  responses: {
    200: json(MigrationResult, "The agent as it is now, and how many unfinished tasks were handed back."),
    ...problems,
    409: problem("Two sides would answer, or none; `detail` says what helps."),
    502: problem("Redis cannot be reached, and without it nothing can be taken over."),
  },
});

const listDifferences = createRoute({
  method: "get",
  path: "/fuse/agents/{bridgeId}/{fuseAgentId}/differences",
  tags,
  summary: "List tasks that both sides did in shadow mode, newest first",
  description: "The last 500 are kept; those that came out the same are among them.",
  middleware: read,
  request: {
    params,
    query: PageQuery,
  },
  responses: { 200: json(ShadowDifferenceList, "A page of comparisons."), ...problems },
});

const importFound = createRoute({
  method: "post",
  path: "/fuse/import",
  tags,
  summary: "Make counterparts of the existing system's agents",
  description:
    "Of those whose keys are found in Redis, or of those named, each in `legacy` mode: nothing changes for the " +
    "existing agents. At most 1,000 are made at once; while `truncated` is true there are more. Done again, it makes what " +
    "is still missing; with `dryRun`, nothing.",
  middleware: write,
  request: { body: jsonBody(ImportFuseAgents) },
  responses: {
    200: json(ImportResult, "What became of each."),
    ...problems,
    502: problem("Redis cannot be reached."),
  },
});

/** Makes an agent of a workspace and enrols it with its bridge. */
type MakeAgentOf = (
  env: Env,
  workspaceId: string,
  request: Parameters<MakeAgent>[0],
) => ReturnType<MakeAgent>;

/** Adds the routes of migration to the API. */
export function migrationRoutes(api: Api, makeAgent: MakeAgentOf): void {
  api.openapi(migrateAgent, async (c) => {
    const { bridgeId, fuseAgentId } = c.req.valid("param");
    const bridge = fuseBridgeStub(c.env, bridgeId);
    return c.json(
      valueOf(await bridge.migrate(c.var.identity.workspaceId, fuseAgentId, c.req.valid("json"))),
      200,
    );
  });

  api.openapi(listDifferences, async (c) => {
    const { bridgeId, fuseAgentId } = c.req.valid("param");
    const { limit, cursor } = c.req.valid("query");
    const cursors = cursorsOf(`fuse/${bridgeId}/${fuseAgentId}/differences`, z.string().regex(/^\d{1,15}$/));
    const asked = { limit, cursor: cursors.place(cursor) };
    const bridge = fuseBridgeStub(c.env, bridgeId);
    const page = valueOf(await bridge.differences(c.var.identity.workspaceId, fuseAgentId, asked));
    return c.json(cursors.page(page), 200);
  });

  api.openapi(importFound, async (c) => {
    const { workspaceId } = c.var.identity;
    const { bridgeId, ids, model, confidential, dryRun } = c.req.valid("json");
    const { found, existing, truncated } = valueOf(
      await fuseBridgeStub(c.env, bridgeId).importable(workspaceId, ids ?? null),
    );
    const known = new Set(existing);
    const items = await importAgents(found, {
      bridgeId,
      model,
      confidential,
      dryRun,
      exists: (id) => known.has(id),
      make: (request) => makeAgent(c.env, workspaceId, request),
    });
    return c.json({ items, truncated }, 200);
  });
}
