import { createRoute } from "@hono/zod-openapi";
import type { z } from "@hono/zod-openapi";
import {
  Agent,
  AgentPage,
  AgentsQuery,
  CreateAgent,
  Id,
  OrreryError,
  UpdateAgent,
  newId,
  timestamp,
} from "@orrery/protocol";
import type { FieldError } from "@orrery/protocol";
import { cursorsOf, json, jsonBody, problem, problems, requireScope } from "../security/index.ts";
import type { Api } from "../security/index.ts";
import { agentStub, makeAgent } from "./agent-access.ts";
import type { AgentSettings } from "./agent-settings.ts";
import { availableTools, toolsProblem } from "./agent-tools.ts";
import { gatewayFor } from "../models/index.ts";
import { valueOf } from "./outcome.ts";
import { Registry } from "./registry.ts";
import { AgentParams } from "./route-parts.ts";

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
  responses: { 201: json(Agent, "The new agent; `Location` is its address."), ...problems },
});

const getAgent = createRoute({
  method: "get",
  path: "/agents/{agentId}",
  tags,
  summary: "Get an agent",
  middleware: read,
  request: { params: AgentParams },
  responses: { 200: json(Agent, "The agent."), ...problems },
});

const updateAgent = createRoute({
  method: "patch",
  path: "/agents/{agentId}",
  tags,
  summary: "Change some of an agent's settings",
  description: "Turns that are under way go on with the settings they began with.",
  middleware: write,
  request: { params: AgentParams, body: jsonBody(UpdateAgent) },
  responses: { 200: json(Agent, "The agent as it is now."), ...problems },
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
    return c.json(agent, 201, { location: `/api/v1/agents/${agent.id}` });
  });

  api.openapi(getAgent, async (c) => {
    const { agentId } = c.req.valid("param");
    return c.json(valueOf(await agentStub(c.env, agentId).describe(c.var.identity.workspaceId)), 200);
  });

  api.openapi(updateAgent, async (c) => {
    const { agentId } = c.req.valid("param");
    const patch = c.req.valid("json");
    assertUsable(c.env, patch);
    const agent = agentStub(c.env, agentId);
    const updated = valueOf(await agent.update(c.var.identity.workspaceId, settingsOf(patch)));
    c.set("aboutAgent", agentId);
    return c.json(updated, 200);
  });

  api.openapi(deleteAgent, async (c) => {
    const { agentId } = c.req.valid("param");
    valueOf(await agentStub(c.env, agentId).remove(c.var.identity.workspaceId));
    return c.body(null, 204);
  });
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

/** @throws OrreryError `invalid_request` (422) for a model or a tool that there is not. */
function assertUsable(
  env: Env,
  settings: {
    model?: string | undefined;
    maxTokens?: number | undefined;
    tools?: string[] | undefined;
    modelPolicy?: { fallbacks?: string[] | undefined } | undefined;
  },
): void {
  const errors: FieldError[] = [];
  for (const [index, name] of (settings.modelPolicy?.fallbacks ?? []).entries()) {
    const checked = gatewayFor(env).check(name, "text");
    if ("problem" in checked) {
      errors.push({ path: `modelPolicy.fallbacks.${index}`, message: checked.problem });
    }
  }
  if (settings.model !== undefined) {
    const checked = gatewayFor(env).check(settings.model, "text");
    if ("problem" in checked) errors.push({ path: "model", message: checked.problem });
    else if (
      settings.maxTokens !== undefined &&
      checked.model.maxOutputTokens !== null &&
      settings.maxTokens > checked.model.maxOutputTokens
    ) {
      errors.push({
        path: "maxTokens",
        message: `${checked.model.id} writes at most ${checked.model.maxOutputTokens} tokens`,
      });
    }
  }
  const available = availableTools(env);
  const broken = [toolsProblem(env)].filter((problem) => problem !== null);
  for (const [index, name] of (settings.tools ?? []).entries()) {
    if (!available.has(name)) {
      errors.push({
        path: `tools.${index}`,
        message: [`there is no tool ${name}; there are ${[...available.keys()].join(", ")}`, ...broken].join(
          ". ",
        ),
      });
    }
  }
  if (errors.length > 0) {
    throw new OrreryError("invalid_request", "The agent's settings are not valid.", { status: 422, errors });
  }
}
