import { createRoute, z } from "@hono/zod-openapi";
import {
  Agent,
  AgentPage,
  AgentsQuery,
  CreateAgent,
  Id,
  UpdateAgent,
  newId,
  timestamp,
} from "@orrery/protocol";
import {
  answerHeaders,
  cursorsOf,
  json,
  jsonBody,
  problem,
  problems,
  requireScope,
} from "../security/index.ts";
import type { Api } from "../security/index.ts";
import { agentStub, makeAgent } from "./agent-access.ts";
import type { AgentSettings, VersionedAgent } from "./agent-settings.ts";
import { valueOf } from "./outcome.ts";
import { Registry } from "./registry.ts";
import { AgentParams } from "./route-parts.ts";
import { assertUsable } from "./settings-check.ts";
import { tagOf, versionsOf } from "./settings-version.ts";

const tags = ["agents"];
const read = requireScope("agents:read");
const write = requireScope("agents:write");

const agentCursors = cursorsOf("agents", Id);

const listAgents = createRoute({
  method: "get",
  path: "/agents",
  tags,
  summary: "List agents, newest first",
  middleware: read,
  request: { query: AgentsQuery },
  responses: { 200: json(AgentPage, "A page of agents; none of them is woken for it."), ...problems },
});

const createAgent = createRoute({
  method: "post",
  path: "/agents",
  tags,
  summary: "Create an agent",
  middleware: write,
  request: { body: jsonBody(CreateAgent) },
  responses: {
    201: {
      ...json(Agent, "The new agent; `Location` is its address."),
      headers: { ...answerHeaders.location, ...answerHeaders.etag },
    },
    ...problems,
  },
});

const getAgent = createRoute({
  method: "get",
  path: "/agents/{agentId}",
  tags,
  summary: "Get an agent",
  middleware: read,
  request: { params: AgentParams },
  responses: { 200: { ...json(Agent, "The agent."), headers: answerHeaders.etag }, ...problems },
});

const updateAgent = createRoute({
  method: "patch",
  path: "/agents/{agentId}",
  tags,
  summary: "Change some of an agent's settings",
  description:
    "Turns that are under way go on with the settings they began with. With `If-Match`, only the state that it names is changed.",
  middleware: write,
  request: {
    params: AgentParams,
    headers: z.object({ "if-match": z.string().max(1_024).optional() }),
    body: jsonBody(UpdateAgent),
  },
  responses: {
    200: { ...json(Agent, "The agent as it is now."), headers: answerHeaders.etag },
    ...problems,
    412: problem("The settings are not the ones that `If-Match` names."),
  },
});

const deleteAgent = createRoute({
  method: "delete",
  path: "/agents/{agentId}",
  tags,
  summary: "Delete an agent and all that is its own",
  description:
    "Running turns are cancelled; sessions, executions and documents are removed. There is no way back.",
  middleware: write,
  request: { params: AgentParams },
  responses: { 204: { description: "Gone." }, ...problems, 409: problem("The agent is being changed.") },
});

/** Adds the routes of agents to the API. */
export function agentsRoutes(api: Api): void {
  api.openapi(listAgents, async (c) => {
    const { cursor, ...query } = c.req.valid("query");
    const registry = new Registry(c.env.DB);
    const after = agentCursors.place(cursor);
    const page = await registry.agents(c.var.identity.workspaceId, { ...query, cursor: after });
    return c.json(agentCursors.page(page), 200);
  });

  api.openapi(createAgent, async (c) => {
    const agent = await newAgent(c.env, c.var.identity.workspaceId, c.req.valid("json"));
    c.set("aboutAgent", agent.id);
    return c.json(agent, 201, { location: `/api/v1/agents/${agent.id}`, etag: tagOf(1) });
  });

  api.openapi(getAgent, async (c) => {
    const { agentId } = c.req.valid("param");
    const stored = valueOf(await agentStub(c.env, agentId).versioned(c.var.identity.workspaceId));
    return c.json(stored.agent, 200, { etag: tagOf(stored.version) });
  });

  api.openapi(updateAgent, async (c) => {
    const { agentId } = c.req.valid("param");
    const wanted = versionsOf(c.req.valid("header")["if-match"]);
    const { workspaceId } = c.var.identity;
    const { agent, version } = await changed(c.env, workspaceId, agentId, c.req.valid("json"), wanted);
    c.set("aboutAgent", agentId);
    return c.json(agent, 200, { etag: tagOf(version) });
  });

  api.openapi(deleteAgent, async (c) => {
    const { agentId } = c.req.valid("param");
    valueOf(await agentStub(c.env, agentId).remove(c.var.identity.workspaceId));
    return c.body(null, 204);
  });
}

/** Times that an agent may be changed by others while it is being looked at for one change. */
const attempts = 5;

/**
 * Changes an agent. What the model limits is checked with what is stored, and that is still so when the change is made.
 * @param wanted the versions that may be changed; undefined where any may
 * @throws OrreryError `not_found`, `invalid_request` (422), `conflict` (412)
 */
async function changed(
  env: Env,
  workspaceId: string,
  agentId: string,
  patch: UpdateAgent,
  wanted: readonly number[] | undefined,
): Promise<VersionedAgent> {
  const agent = agentStub(env, agentId);
  if (patch.model === undefined && patch.maxTokens === undefined) {
    assertUsable(env, patch);
    return valueOf(await agent.update(workspaceId, settingsOf(patch), wanted));
  }
  for (let attempt = 1; ; attempt += 1) {
    const stored = valueOf(await agent.versioned(workspaceId));
    assertUsable(env, patch, stored.agent);
    const outcome = await agent.update(workspaceId, settingsOf(patch), wanted ?? [stored.version]);
    const overtaken = !outcome.ok && outcome.refusal.status === 412 && wanted === undefined;
    if (!overtaken || attempt === attempts) return valueOf(outcome);
  }
}

/** A patch as settings: `null` removes one. JSON holds no `undefined`, whatever the schema's type says. */
const settingsOf = ({ systemPrompt, ...patch }: UpdateAgent): Partial<AgentSettings> =>
  ({
    ...patch,
    ...(systemPrompt !== undefined && { systemPrompt: systemPrompt ?? undefined }),
  }) as Partial<AgentSettings>;

/** Makes an agent. @throws OrreryError `invalid_request` (422) for a model or a tool that there is not */
export async function newAgent(
  env: Env,
  workspaceId: string,
  request: z.output<typeof CreateAgent>,
): Promise<Agent> {
  assertUsable(env, request);
  const now = Date.now();
  const { systemPrompt, ...rest } = request;
  const settings: AgentSettings = {
    id: newId(now),
    ...rest,
    ...(systemPrompt !== undefined && { systemPrompt }),
    createdAt: timestamp(now),
    updatedAt: timestamp(now),
  };
  return await makeAgent(env, workspaceId, settings);
}
