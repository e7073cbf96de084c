import { createRoute, z } from "@hono/zod-openapi";
import {
  CreateExecution,
  Execution,
  ExecutionPage,
  ExecutionSummaryPage,
  ExecutionsQuery,
  Id,
  OrreryError,
  WorkspaceExecutionsQuery,
  uiMessageStreamHeader,
} from "@orrery/protocol";
import {
  FreshHeaders,
  acceptHeader,
  answerHeaders,
  cursorsOf,
  edgeLocation,
  json,
  keyringFor,
  openByAddress,
  preferHeader,
  prefers,
  prefersAsync,
  problem,
  problems,
  requireScope,
  wantsFresh,
} from "../security/index.ts";
import type { Api } from "../security/index.ts";
import { agentStub, withExecution } from "./agent-access.ts";
import type { TurnOrder } from "./turn-order.ts";
import { discardDocuments, hasDocuments, storeDocuments } from "./execution-input.ts";
import { valueOf } from "./outcome.ts";
import { Registry } from "./registry.ts";
import { AgentParams, ExecutionParams, idempotencyKey } from "./route-parts.ts";
import { streamTurn } from "./turn-stream.ts";

const tags = ["executions"];
const read = requireScope("agents:read");
const run = requireScope("executions:run");

const executionCursors = cursorsOf("executions", Id);

const eventStream = {
  "text/event-stream": {
    schema: z.string().meta({ description: "The AI SDK's UI message stream, an `id:` on every event." }),
  },
};

const createExecution = createRoute({
  method: "post",
  path: "/agents/{agentId}/executions",
  tags,
  summary: "Run a turn",
  description:
    "Answers with the finished execution; with its stream where `stream` is true, or where `Accept` prefers " +
    "`text/event-stream` and `stream` does not say otherwise; else at once with 202 where `Prefer` is `respond-async`. Once accepted, a turn ends whatever becomes of the connection.",
  middleware: run,
  request: {
    params: AgentParams,
    headers: FreshHeaders.extend({
      ...acceptHeader("text/event-stream", "the finished execution"),
      ...preferHeader,
    }),
    body: { required: true, content: { "application/json": { schema: CreateExecution } } },
  },
  responses: {
    200: {
      description: "The finished execution, or its stream, which says by `Location` whose it is.",
      headers: answerHeaders.location,
      content: { "application/json": { schema: Execution }, ...eventStream },
    },
    202: {
      ...json(Execution, "The accepted execution; `Location` is its address."),
      headers: { ...answerHeaders.location, ...answerHeaders.applied },
    },
    ...problems,
    409: problem("The agent is inactive."),
    413: problem("The request or a document is too large."),
  },
});

const listExecutions = createRoute({
  method: "get",
  path: "/agents/{agentId}/executions",
  tags,
  summary: "List an agent's executions, newest first",
  middleware: read,
  request: { params: AgentParams, query: ExecutionsQuery },
  responses: { 200: json(ExecutionPage, "A page of executions."), ...problems },
});

const listWorkspaceExecutions = createRoute({
  method: "get",
  path: "/executions",
  tags,
  summary: "List the workspace's executions, newest first",
  description: "From the index, which follows the agents within about a second.",
  middleware: read,
  request: { query: WorkspaceExecutionsQuery },
  responses: {
    200: json(ExecutionSummaryPage, "A page of executions without their long parts."),
    ...problems,
  },
});

const getExecution = createRoute({
  method: "get",
  path: "/executions/{executionId}",
  tags,
  summary: "Get an execution",
  middleware: read,
  request: { params: ExecutionParams },
  responses: { 200: json(Execution, "The execution as it stands."), ...problems },
});

const followExecution = createRoute({
  method: "get",
  path: "/executions/{executionId}/stream",
  tags,
  summary: "Follow an execution's answer",
  description: "From its beginning, or after `Last-Event-ID`. A finished execution replays.",
  middleware: [openByAddress, read] as const,
  request: { params: ExecutionParams, headers: z.object({ "last-event-id": z.string().max(64).optional() }) },
  responses: { 200: { description: "The answer's stream.", content: eventStream }, ...problems },
});

const cancelExecution = createRoute({
  method: "post",
  path: "/executions/{executionId}/cancel",
  tags,
  summary: "Cancel an execution",
  description: "What was said so far is kept. Cancelling a cancelled execution changes nothing.",
  middleware: run,
  request: { params: ExecutionParams },
  responses: {
    200: json(Execution, "The cancelled execution."),
    ...problems,
    409: problem("It has ended already."),
  },
});

export const streamResponse = (
  body: ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
): Response =>
  new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-store",
      "x-accel-buffering": "no",
      ...uiMessageStreamHeader,
      ...headers,
    },
  });

/** Adds the routes of executions to the API. */
export function executionsRoutes(api: Api): void {
  api.openapi(createExecution, async (c) => {
    const { agentId } = c.req.valid("param");
    const request = c.req.valid("json");
    const { workspaceId } = c.var.identity;
    const agent = agentStub(c.env, agentId);
    const stored = { input: request.input, documents: [] as TurnOrder["documents"] };
    if (hasDocuments(request)) {
      // Nothing is stored for an agent that is not there.
      const { confidential } = valueOf(await agent.describe(workspaceId));
      const vault = async () => (confidential ? await keyringFor(c.env, workspaceId).vault() : null);
      Object.assign(stored, await storeDocuments(c.env, agentId, request, vault));
    }
    const order: TurnOrder = {
      ...stored,
      variables: request.variables,
      sessionId: request.sessionId,
      edgeLocation: edgeLocation(c.req.raw),
      ...(wantsFresh(c) && { noCache: true }),
      idempotency: await idempotencyKey(c, request),
    };
    /** What the turn has no use for is not kept: it was refused, or is there from the first time. */
    const settled = async <Answer extends { replayed: boolean }>(
      answer: Promise<Answer>,
    ): Promise<Answer> => {
      try {
        const accepted = await answer;
        if (accepted.replayed) await discardDocuments(c.env, stored.documents);
        return accepted;
      } catch (error) {
        if (error instanceof OrreryError) await discardDocuments(c.env, stored.documents);
        throw error;
      }
    };
    const replayedHeader = (replayed: boolean): Record<string, string> =>
      replayed ? { "idempotency-replayed": "true" } : {};

    if (request.stream ?? prefers(c, "text/event-stream")) {
      const { body, replayed, executionId } = await settled(
        streamTurn(c.env, agentId, { workspaceId, order }),
      );
      return streamResponse(body, {
        ...replayedHeader(replayed),
        location: `/api/v1/executions/${executionId}`,
      });
    }
    if (prefersAsync(c)) {
      const { execution, replayed } = await settled(agent.accept(workspaceId, order).then(valueOf));
      const headers = {
        location: `/api/v1/executions/${execution.id}`,
        "preference-applied": "respond-async",
      };
      return c.json(execution, 202, { ...headers, ...replayedHeader(replayed) });
    }
    const { execution, replayed } = await settled(agent.execute(workspaceId, order).then(valueOf));
    return c.json(execution, 200, replayedHeader(replayed));
  });

  api.openapi(listExecutions, async (c) => {
    const { agentId } = c.req.valid("param");
    const { cursor, ...query } = c.req.valid("query");
    const cursors = cursorsOf(`agents/${agentId}/executions`, Id);
    const asked = { ...query, cursor: cursors.place(cursor) };
    const page = valueOf(await agentStub(c.env, agentId).executions(c.var.identity.workspaceId, asked));
    return c.json(cursors.page(page), 200);
  });

  api.openapi(listWorkspaceExecutions, async (c) => {
    const { cursor, ...query } = c.req.valid("query");
    const asked = { ...query, cursor: executionCursors.place(cursor) };
    const page = await new Registry(c.env.DB).executions(c.var.identity.workspaceId, asked);
    return c.json(executionCursors.page(page), 200);
  });

  api.openapi(getExecution, async (c) => {
    const { workspaceId } = c.var.identity;
    const { executionId } = c.req.valid("param");
    return c.json(
      await withExecution(c.env, workspaceId, executionId, (agent) =>
        agent.execution(workspaceId, executionId),
      ),
      200,
    );
  });

  api.openapi(followExecution, async (c) => {
    const { workspaceId } = c.var.identity;
    const { executionId } = c.req.valid("param");
    const after = c.req.valid("header")["last-event-id"] ?? null;
    const { body } = await withExecution(c.env, workspaceId, executionId, (agent) =>
      agent.follow(workspaceId, executionId, after),
    );
    return streamResponse(body);
  });

  api.openapi(cancelExecution, async (c) => {
    const { workspaceId } = c.var.identity;
    const { executionId } = c.req.valid("param");
    const execution = await withExecution(c.env, workspaceId, executionId, (agent) =>
      agent.cancel(workspaceId, executionId),
    );
    c.set("aboutAgent", execution.agentId);
    return c.json(execution, 200);
  });
}
