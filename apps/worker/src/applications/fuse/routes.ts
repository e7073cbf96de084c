import { createRoute, z } from "@hono/zod-openapi";
import {
  CreateAgent,
  CreateFuseAgent,
  FuseAgent,
  FuseAgentId,
  FuseAgentList,
  FuseTask,
  FuseTaskList,
  FuseTaskStatus,
  Id,
  MigrationMode,
  OrreryError,
  PageQuery,
  valueOf,
} from "@orrery/protocol";
import { agentStub, newAgent } from "../../agents/index.ts";
import { log } from "../../observability/index.ts";
import { created, cursorsOf, json, jsonBody, problem, problems, requireScope } from "../../security/index.ts";
import type { Api } from "../../security/index.ts";
import { fuseAgentStub, fuseBridgeStub } from "./bridge/bridge-access.ts";
import type { Activity } from "./contract.ts";
import { migrationRoutes } from "./migration/routes.ts";
import { FuseAgentIndex } from "./routing/agent-index.ts";

const tags = ["fuse"];
const read = requireScope("agents:read");
const write = requireScope("agents:write");

const AgentParams = z.object({ bridgeId: Id, fuseAgentId: FuseAgentId });
const taskId = z.string().min(1).max(200);
const TaskParams = AgentParams.extend({ taskId });
const AgentsQuery = PageQuery.extend({ bridgeId: Id.optional(), mode: MigrationMode.optional() });
const TasksQuery = PageQuery.extend({ status: FuseTaskStatus.optional() });

/** A place is `<bridge id>/<name>` of the last one seen. */
const agentCursors = cursorsOf("fuse/agents", z.string().includes("/"));

const listAgents = createRoute({
  method: "get",
  path: "/fuse/agents",
  tags,
  summary: "List agents of the New Fuse, by bridge and name",
  middleware: read,
  request: { query: AgentsQuery },
  responses: { 200: json(FuseAgentList, "A page of agents."), ...problems },
});

const createAgent = createRoute({
  method: "post",
  path: "/fuse/agents",
  tags,
  summary: "Make the agent that is to take over for one of the existing system",
  description:
    "Without `agentId`, an agent of the platform is made that does its work, and that goes with it. In a mode other " +
    "than `legacy` it begins to answer at once.",
  middleware: write,
  request: { body: jsonBody(CreateFuseAgent) },
  responses: {
    201: created(FuseAgent, "The new agent; `Location` is its address."),
    ...problems,
    409: problem("The bridge has an agent of this name, or the existing agent still lives."),
  },
});

const getAgent = createRoute({
  method: "get",
  path: "/fuse/agents/{bridgeId}/{fuseAgentId}",
  tags,
  summary: "Get an agent of the New Fuse",
  middleware: read,
  request: { params: AgentParams },
  responses: { 200: json(FuseAgent, "The agent."), ...problems },
});

const deleteAgent = createRoute({
  method: "delete",
  path: "/fuse/agents/{bridgeId}/{fuseAgentId}",
  tags,
  summary: "Remove an agent of the New Fuse",
  description:
    "From the first moment the existing system answers for it. It goes when what it has not finished was handed back, what " +
    "it answered is in Redis, and its lease was given up; with `force`, at once, and what is left is lost. The agent of the " +
    "platform goes, too, where it was made with it.",
  middleware: write,
  request: { params: AgentParams, query: z.object({ force: z.enum(["true", "false"]).default("false") }) },
  responses: {
    204: { description: "Gone." },
    ...problems,
    409: problem("What it has not finished is still on its way back: ask again."),
  },
});

const listTasks = createRoute({
  method: "get",
  path: "/fuse/agents/{bridgeId}/{fuseAgentId}/tasks",
  tags,
  summary: "List an agent's tasks, newest first",
  middleware: read,
  request: { params: AgentParams, query: TasksQuery },
  responses: { 200: json(FuseTaskList, "A page of tasks."), ...problems },
});

const getTask = createRoute({
  method: "get",
  path: "/fuse/agents/{bridgeId}/{fuseAgentId}/tasks/{taskId}",
  tags,
  summary: "Get a task",
  middleware: read,
  request: { params: TaskParams },
  responses: { 200: json(FuseTask, "The task as it stands."), ...problems },
});

const cancelTask = createRoute({
  method: "post",
  path: "/fuse/agents/{bridgeId}/{fuseAgentId}/tasks/{taskId}/cancel",
  tags,
  summary: "Cancel a task",
  description: "Its result says that it was cancelled. Cancelling a cancelled task changes nothing.",
  middleware: write,
  request: { params: TaskParams },
  responses: {
    200: json(FuseTask, "The cancelled task."),
    ...problems,
    409: problem("It has ended already."),
  },
});

/** What an operator may ask of an agent, with the activity that it means. */
const activities = {
  pause: {
    activity: "paused",
    summary: "Let an agent begin no further task",
    description: "What it runs ends; what arrives for it by name is kept, and begins when it is resumed.",
  },
  resume: { activity: "running", summary: "Let a paused or draining agent go on", description: undefined },
  drain: {
    activity: "draining",
    summary: "Let an agent end what it has, and take nothing more",
    description: "What arrives for it by name stays in Redis, in streams, and comes again.",
  },
} as const satisfies Record<string, { activity: Activity; summary: string; description: string | undefined }>;

const activityRoute = (verb: keyof typeof activities) => {
  const { summary, description } = activities[verb];
  return createRoute({
    method: "post",
    path: `/fuse/agents/{bridgeId}/{fuseAgentId}/${verb}`,
    tags,
    summary,
    ...(description !== undefined && { description }),
    middleware: write,
    request: { params: AgentParams },
    responses: { 200: json(FuseAgent, "The agent as it is now."), ...problems },
  });
};

/** @throws OrreryError `not_found` unless the bridge is the workspace's and has the agent */
async function agentOf(
  env: Env,
  workspaceId: string,
  { bridgeId, fuseAgentId }: { bridgeId: string; fuseAgentId: string },
): Promise<FuseAgent> {
  const [agent] = valueOf(await fuseBridgeStub(env, bridgeId).agents(workspaceId, [fuseAgentId]));
  if (!agent) throw new OrreryError("not_found", "The bridge has no such agent.");
  return agent;
}

/** Makes an agent and enrols it; what was made is removed again where it cannot be. */
async function makeAgent(
  env: Env,
  workspaceId: string,
  request: z.output<typeof CreateFuseAgent>,
): Promise<FuseAgent> {
  const { id, bridgeId, agentId: given, mode, model, systemPrompt, tools, ...rest } = request;
  const bridge = fuseBridgeStub(env, bridgeId);
  valueOf(await bridge.agents(workspaceId, []));
  if (given !== undefined) {
    const { confidential } = valueOf(await agentStub(env, given).describe(workspaceId));
    if (confidential !== rest.confidential) {
      const message = confidential ? "the agent is confidential" : "the agent is not confidential";
      throw new OrreryError("invalid_request", "An agent stays as confidential as it was made.", {
        status: 422,
        errors: [{ path: "confidential", message }],
      });
    }
  }
  const agentId =
    given ??
    (
      await newAgent(
        env,
        workspaceId,
        CreateAgent.parse({
          name: id,
          application: "fuse",
          model,
          capabilities: rest.capabilities,
          confidential: rest.confidential,
          ...(systemPrompt !== undefined && { systemPrompt }),
          ...(tools !== undefined && { tools }),
        }),
      )
    ).id;
  try {
    const member = {
      ...rest,
      id,
      agentId,
      mode: "legacy",
      canaryPercent: 0,
      agentMade: given === undefined,
    } as const;
    const agent = valueOf(await bridge.enrol(workspaceId, member));
    if (mode === "legacy") return agent;
    try {
      return valueOf(await bridge.migrate(workspaceId, id, { mode, force: false })).agent;
    } catch (error) {
      valueOf(await bridge.dismiss(workspaceId, id, { force: true }));
      throw error;
    }
  } catch (error) {
    if (given === undefined) {
      await agentStub(env, agentId)
        .remove(workspaceId)
        .catch((reason: unknown) => log.error("fuse.agent-left-over", { agentId, error: reason }));
    }
    throw error;
  }
}

/** Adds the routes of the New Fuse's agents to the API. */
export function fuseRoutes(api: Api): void {
  api.openapi(listAgents, async (c) => {
    const { workspaceId } = c.var.identity;
    const { cursor, ...query } = c.req.valid("query");
    const asked = { ...query, cursor: agentCursors.place(cursor) };
    const page = await new FuseAgentIndex(c.env.DB).page(workspaceId, asked);
    const byBridge = Map.groupBy(page.items, ({ bridgeId }) => bridgeId);
    const cards = await Promise.all(
      Array.from(byBridge, async ([bridgeId, items]) => {
        const ids = items.map(({ id }) => id);
        const found = await fuseBridgeStub(c.env, bridgeId).agents(workspaceId, ids);
        // A bridge that is being removed just now is not there any more, and neither are its agents.
        return found.ok ? found.value : [];
      }),
    );
    return c.json(agentCursors.page({ items: cards.flat(), nextCursor: page.nextCursor }), 200);
  });

  api.openapi(createAgent, async (c) => {
    const agent = await makeAgent(c.env, c.var.identity.workspaceId, c.req.valid("json"));
    const location = `/api/v1/fuse/agents/${agent.bridgeId}/${encodeURIComponent(agent.id)}`;
    return c.json(agent, 201, { location });
  });

  api.openapi(getAgent, async (c) =>
    c.json(await agentOf(c.env, c.var.identity.workspaceId, c.req.valid("param")), 200),
  );

  api.openapi(deleteAgent, async (c) => {
    const { workspaceId } = c.var.identity;
    const { bridgeId, fuseAgentId } = c.req.valid("param");
    const force = c.req.valid("query").force === "true";
    valueOf(await fuseBridgeStub(c.env, bridgeId).dismiss(workspaceId, fuseAgentId, { force }));
    return c.body(null, 204);
  });

  for (const verb of ["pause", "resume", "drain"] as const) {
    api.openapi(activityRoute(verb), async (c) => {
      const { bridgeId, fuseAgentId } = c.req.valid("param");
      const bridge = fuseBridgeStub(c.env, bridgeId);
      const { activity } = activities[verb];
      return c.json(
        valueOf(await bridge.setActivity(c.var.identity.workspaceId, fuseAgentId, activity)),
        200,
      );
    });
  }

  api.openapi(listTasks, async (c) => {
    const { bridgeId, fuseAgentId } = c.req.valid("param");
    const { cursor, ...query } = c.req.valid("query");
    const cursors = cursorsOf(`fuse/${bridgeId}/${fuseAgentId}/tasks`, taskId);
    const asked = { ...query, cursor: cursors.place(cursor) };
    await agentOf(c.env, c.var.identity.workspaceId, { bridgeId, fuseAgentId });
    const page = valueOf(await fuseAgentStub(c.env, bridgeId, fuseAgentId).tasks(asked));
    return c.json(cursors.page(page), 200);
  });

  api.openapi(getTask, async (c) => {
    const { bridgeId, fuseAgentId, taskId } = c.req.valid("param");
    await agentOf(c.env, c.var.identity.workspaceId, { bridgeId, fuseAgentId });
    return c.json(valueOf(await fuseAgentStub(c.env, bridgeId, fuseAgentId).task(taskId)), 200);
  });

  api.openapi(cancelTask, async (c) => {
    const { bridgeId, fuseAgentId, taskId } = c.req.valid("param");
    const { agentId } = await agentOf(c.env, c.var.identity.workspaceId, { bridgeId, fuseAgentId });
    c.set("aboutAgent", agentId);
    return c.json(valueOf(await fuseAgentStub(c.env, bridgeId, fuseAgentId).cancel(taskId)), 200);
  });

  migrationRoutes(api, makeAgent);
}
