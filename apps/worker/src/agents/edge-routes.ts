import { createRoute } from "@hono/zod-openapi";
import { CreateAgent, EdgeExecute, EdgeResult, Id, OrreryError, newId, timestamp } from "@orrery/protocol";
import type { ErrorCode, Execution } from "@orrery/protocol";
import { edgeLocation, json, problems, requireScope } from "../security/index.ts";
import type { Api } from "../security/index.ts";
import { agentStub } from "./agent-access.ts";
import type { AgentSettings } from "./agent-settings.ts";
import { valueOf } from "./outcome.ts";
import { settingsErrors } from "./settings-check.ts";

const edgeExecute = createRoute({
  method: "post",
  path: "/edge/execute",
  tags: ["executions"],
  summary: "Run one turn of an agent given in the request",
  description:
    "The one-shot form of existing clients. With `agent_config.id` the turn is that agent's, whose settings hold, and may " +
    "go on with one of its sessions; without, an agent is made for the turn and removed after it. Where there is no " +
    "answer, it is 200 with `success: false` and why. Unlike anywhere else, fields that it does not know are ignored.",
  middleware: requireScope("executions:run"),
  request: { body: { required: true, content: { "application/json": { schema: EdgeExecute } } } },
  responses: { 200: json(EdgeResult, "The answer, or why there is none."), ...problems },
});

/** Refusals of what was asked, which the one-shot form tells in its own way. */
const told = new Set<ErrorCode>(["invalid_request", "not_found", "conflict", "payload_too_large"]);

const failed = (error: string): EdgeResult => ({ success: false, error });

/** Adds the one-shot route to the API. */
export function edgeRoutes(api: Api): void {
  api.openapi(edgeExecute, async (c) => {
    const request = c.req.valid("json");
    const agentId = request.agent_config.id;
    const { workspaceId } = c.var.identity;
    try {
      const location = edgeLocation(c.req.raw);
      if (agentId === undefined) return c.json(await runOnce(c.env, workspaceId, request, location), 200);
      const result = resultOf(await runTurn(c.env, workspaceId, agentId, request, location));
      c.set("aboutAgent", agentId);
      return c.json(result, 200);
    } catch (error) {
      if (error instanceof OrreryError && told.has(error.code)) return c.json(failed(error.message), 200);
      throw error;
    }
  });
}

/** A turn of an agent that there is. */
async function runTurn(
  env: Env,
  workspaceId: string,
  agentId: string,
  { input, session_id: sessionId }: EdgeExecute,
  location: string,
): Promise<Execution> {
  if (!Id.safeParse(agentId).success) throw new OrreryError("not_found", "There is no such agent.");
  const order = { input, sessionId, documents: [], edgeLocation: location };
  return valueOf(await agentStub(env, agentId).execute(workspaceId, order)).execution;
}

/** The one turn of an agent that is made for it. */
async function runOnce(
  env: Env,
  workspaceId: string,
  { input, agent_config: config, session_id: sessionId }: EdgeExecute,
  location: string,
): Promise<EdgeResult> {
  if (sessionId !== undefined) {
    return failed("session_id names a session of the agent in agent_config.id, and none is given there.");
  }
  const { systemPrompt, ...rest } = CreateAgent.parse({
    name: "one-shot",
    model: config.model,
    ...(config.system_prompt !== undefined && { systemPrompt: config.system_prompt }),
    ...(config.temperature !== undefined && { temperature: config.temperature }),
    ...(config.max_tokens !== undefined && { maxTokens: config.max_tokens }),
  });
  const [wrong] = settingsErrors(env, rest);
  if (wrong) return failed(wrong.message);
  const now = timestamp(Date.now());
  const settings: AgentSettings = {
    id: newId(),
    ...rest,
    ...(systemPrompt !== undefined && { systemPrompt }),
    createdAt: now,
    updatedAt: now,
  };
  const order = { input, documents: [], edgeLocation: location };
  return resultOf(valueOf(await agentStub(env, settings.id).runOnce(workspaceId, settings, order)));
}

function resultOf({ status, output = "", error, edgeLocation: place, model = "" }: Execution): EdgeResult {
  if (status !== "completed") return failed(error?.message ?? `the execution was ${status}`);
  return { success: true, result: output, edge_location: place, model };
}
