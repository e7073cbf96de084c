import { createRoute } from "@hono/zod-openapi";
import { CreateAgent, EdgeExecute, EdgeResult, newId, timestamp } from "@orrery/protocol";
import { edgeLocation, json, problems, requireScope } from "../security/index.ts";
import type { Api } from "../security/index.ts";
import { agentStub, makeAgent } from "./agent-access.ts";
import type { AgentStub } from "./agent-access.ts";
import { gatewayFor } from "../models/index.ts";
import { valueOf } from "./outcome.ts";

const edgeExecute = createRoute({
  method: "post",
  path: "/edge/execute",
  tags: ["executions"],
  summary: "Run one turn of an agent given in the request",
  description:
    "The one-shot form of existing clients. With `agent_config.id` the turn is that agent's, whose settings hold; " +
    "without, an agent is made for the turn and removed after it. A turn that fails answers 200 with `success: false`.",
  middleware: requireScope("executions:run"),
  request: { body: { required: true, content: { "application/json": { schema: EdgeExecute } } } },
  responses: { 200: json(EdgeResult, "The answer, or why there is none."), ...problems },
});

/** Adds the one-shot route to the API. */
export function edgeRoutes(api: Api): void {
  api.openapi(edgeExecute, async (c) => {
    const { input, agent_config: config, session_id: sessionId } = c.req.valid("json");
    const { workspaceId } = c.var.identity;
    const order = { input, sessionId, documents: [], edgeLocation: edgeLocation(c.req.raw) };
    if (config.id !== undefined)
      return c.json(await runOnce(agentStub(c.env, config.id), workspaceId, order), 200);

    const checked = gatewayFor(c.env).check(config.model, "text");
    if ("problem" in checked) return c.json({ success: false as const, error: checked.problem }, 200);
    const now = timestamp(Date.now());
    const settings = CreateAgent.parse({
      name: "one-shot",
      model: config.model,
      ...(config.system_prompt !== undefined && { systemPrompt: config.system_prompt }),
      ...(config.temperature !== undefined && { temperature: config.temperature }),
      ...(config.max_tokens !== undefined && { maxTokens: config.max_tokens }),
    });
    const { systemPrompt, ...rest } = settings;
    const id = newId();
    const agent = agentStub(c.env, id);
    await makeAgent(c.env, workspaceId, {
      id,
      ...rest,
      ...(systemPrompt !== undefined && { systemPrompt }),
      createdAt: now,
      updatedAt: now,
    });
    try {
      return c.json(await runOnce(agent, workspaceId, order), 200);
    } finally {
      valueOf(await agent.remove(workspaceId));
    }
  });
}

async function runOnce(
  agent: AgentStub,
  workspaceId: string,
  order: Parameters<AgentStub["execute"]>[1],
): Promise<EdgeResult> {
  const { execution } = valueOf(await agent.execute(workspaceId, order));
  if (execution.status !== "completed") {
    return { success: false, error: execution.error?.message ?? `the execution was ${execution.status}` };
  }
  return {
    success: true,
    result: execution.output ?? "",
    edge_location: execution.edgeLocation,
    model: execution.model ?? "",
  };
}
