import { createRoute, z } from "@hono/zod-openapi";
import { Id, PageQuery } from "@orrery/protocol";
import { cursorsOf, json, problems, requireScope } from "../security/index.ts";
import type { Api } from "../security/index.ts";
import { agentStub } from "./agent-access.ts";
import type { IndexDifference } from "./index-check.ts";
import { Registry } from "./registry.ts";

const IndexReport = z
  .object({
    /** Agents looked at. */
    checked: z.number().int(),
    differences: z.array(
      z.object({
        agentId: z.string(),
        executionId: z.string().optional(),
        kind: z.enum(["missing-agent", "missing", "stale", "extra"]),
        detail: z.string(),
      }),
    ),
    /** Whether the differences were mended. */
    repaired: z.boolean(),
    /** The agent to go on after, or null when all were looked at. */
    nextCursor: z.string().nullable(),
  })
  .meta({ id: "IndexReport" });

/** Agents looked at in one call: each is woken for it. */
const pageSize = 50;

const admin = requireScope("admin");
const query = PageQuery.pick({ cursor: true });
const cursors = cursorsOf("index", Id);

const checkIndex = createRoute({
  method: "post",
  path: "/index/check",
  tags: ["administration"],
  summary: "Compare the index with the agents' objects",
  middleware: admin,
  request: { query },
  responses: {
    200: json(IndexReport, "A page of agents, and where they differ from the index."),
    ...problems,
  },
});

const rebuildIndex = createRoute({
  method: "post",
  path: "/index/rebuild",
  tags: ["administration"],
  summary: "Make the index agree with the agents' objects",
  middleware: admin,
  request: { query },
  responses: { 200: json(IndexReport, "A page of agents, and what was mended."), ...problems },
});

/** Adds the routes of the index to the API. */
export function indexRoutes(api: Api): void {
  api.openapi(checkIndex, async (c) =>
    c.json(await report(c.env, c.var.identity.workspaceId, c.req.valid("query").cursor, false), 200),
  );
  api.openapi(rebuildIndex, async (c) =>
    c.json(await report(c.env, c.var.identity.workspaceId, c.req.valid("query").cursor, true), 200),
  );
}

async function report(
  env: Env,
  workspaceId: string,
  cursor: string | undefined,
  repair: boolean,
): Promise<z.infer<typeof IndexReport>> {
  const registry = new Registry(env.DB);
  const after = cursors.place(cursor) ?? "";
  const enrolled = await env.FLEETS.getByName(workspaceId).agents(after, pageSize);
  const indexed = await registry.agentIds(workspaceId, after, pageSize);
  // Both lists are in order: what lies after the shorter one's end belongs to a later page.
  const agentIds = [...new Set([...enrolled, ...indexed])].toSorted().slice(0, pageSize);
  const isIndexed = new Set(indexed);
  const differences: IndexDifference[] = [];
  for (const agentId of agentIds) {
    const outcome = await agentStub(env, agentId).checkIndex(workspaceId, repair);
    if (!outcome.ok) {
      // Enrolled and never made, or removed a moment ago, is no difference.
      if (!isIndexed.has(agentId)) continue;
      differences.push({ agentId, kind: "extra", detail: "the index names an agent that does not exist" });
      if (repair) await registry.removeAgent(agentId);
      continue;
    }
    if (!isIndexed.has(agentId)) {
      differences.push({ agentId, kind: "missing-agent", detail: "the index lacks this agent" });
    }
    differences.push(...outcome.value);
  }
  const nextCursor = agentIds.length === pageSize ? (agentIds.at(-1) ?? null) : null;
  return { checked: agentIds.length, differences, repaired: repair, nextCursor: cursors.after(nextCursor) };
}
