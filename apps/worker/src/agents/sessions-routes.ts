import { createRoute } from "@hono/zod-openapi";
import { Id, MessagePage, PageQuery, Session, SessionPage } from "@orrery/protocol";
import { cursorsOf, json, problems, requireScope } from "../security/index.ts";
import type { Api } from "../security/index.ts";
import { agentStub } from "./agent-access.ts";
import { valueOf } from "./outcome.ts";
import { AgentParams, SessionParams } from "./route-parts.ts";

const tags = ["sessions"];
const read = requireScope("agents:read");

const listSessions = createRoute({
  method: "get",
  path: "/agents/{agentId}/sessions",
  tags,
  summary: "List an agent's sessions, newest first",
  middleware: read,
  request: { params: AgentParams, query: PageQuery },
  responses: { 200: json(SessionPage, "A page of sessions."), ...problems },
});

const getSession = createRoute({
  method: "get",
  path: "/agents/{agentId}/sessions/{sessionId}",
  tags,
  summary: "Get a session",
  middleware: read,
  request: { params: SessionParams },
  responses: { 200: json(Session, "The session."), ...problems },
});

const deleteSession = createRoute({
  method: "delete",
  path: "/agents/{agentId}/sessions/{sessionId}",
  tags,
  summary: "Delete a session with its executions",
  description: "What runs in it is cancelled first.",
  middleware: requireScope("agents:write"),
  request: { params: SessionParams },
  responses: { 204: { description: "Gone." }, ...problems },
});

const listMessages = createRoute({
  method: "get",
  path: "/agents/{agentId}/sessions/{sessionId}/messages",
  tags,
  summary: "Read a session's messages",
  description: "The newest page first; within a page, oldest first. A turn's two messages are never parted.",
  middleware: read,
  request: { params: SessionParams, query: PageQuery },
  responses: { 200: json(MessagePage, "Messages in the AI SDK's `UIMessage` form."), ...problems },
});

/** Adds the routes of sessions to the API. */
export function sessionsRoutes(api: Api): void {
  api.openapi(listSessions, async (c) => {
    const { agentId } = c.req.valid("param");
    const { limit, cursor } = c.req.valid("query");
    const cursors = cursorsOf(`agents/${agentId}/sessions`, Id);
    const asked = { limit, cursor: cursors.place(cursor) };
    const page = valueOf(await agentStub(c.env, agentId).sessions(c.var.identity.workspaceId, asked));
    return c.json(cursors.page(page), 200);
  });

  api.openapi(getSession, async (c) => {
    const { agentId, sessionId } = c.req.valid("param");
    return c.json(
      valueOf(await agentStub(c.env, agentId).session(c.var.identity.workspaceId, sessionId)),
      200,
    );
  });

  api.openapi(deleteSession, async (c) => {
    const { agentId, sessionId } = c.req.valid("param");
    valueOf(await agentStub(c.env, agentId).removeSession(c.var.identity.workspaceId, sessionId));
    return c.body(null, 204);
  });

  api.openapi(listMessages, async (c) => {
    const { agentId, sessionId } = c.req.valid("param");
    const { limit, cursor } = c.req.valid("query");
    const cursors = cursorsOf(`agents/${agentId}/sessions/${sessionId}/messages`, Id);
    const asked = { limit, cursor: cursors.place(cursor) };
    const agent = agentStub(c.env, agentId);
    const page = valueOf(await agent.messages(c.var.identity.workspaceId, sessionId, asked));
    return c.json(cursors.page(page), 200);
  });
}
