import type { IncomingMessage, ServerResponse } from "node:http";
import {
  CreateAgent,
  CreateExecution,
  CreateToken,
  OrreryError,
  UpdateAgent,
  newId,
  timestamp,
  type Agent,
  type EventDraft,
  type Execution,
  type ExecutionSummary,
  type Token,
} from "@orrery/protocol";
import { found, pageOf, parsed } from "./replies.ts";
import { bridgeRoutes, type WireBridges } from "./wire-bridges.ts";
import { documentRoutes, type WireDocuments } from "./wire-documents.ts";
import type { WireEvents } from "./wire-events.ts";
import { fuseRoutes, type WireFuse } from "./wire-fuse.ts";
import { modelRoutes, type WireAccount } from "./wire-models.ts";
import type { WireTurns } from "./wire-turns.ts";

/** The state that the routes work on. */
export interface WireState {
  token: string;
  ticket: string;
  agents: Map<string, Agent>;
  tokens: Map<string, Token>;
  turns: WireTurns;
  events: WireEvents;
  account: WireAccount;
  bridges: WireBridges;
  fuse: WireFuse;
  documents: WireDocuments;
  /** Which execution a key began, by which body. */
  replies: Map<string, { body: string; execution: string }>;
}

export interface Request {
  state: WireState;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: unknown;
  response: ServerResponse;
  /** The ids in the path, in order; empty where there is none. */
  id: string;
  subId: string;
  task: string;
  json: (status: number, value: unknown, headers?: Record<string, string>) => void;
}

const now = (): string => timestamp(Date.now());

const tell = ({ state }: Request, type: EventDraft["type"], agentId: string): void =>
  state.events.emit({ type, at: now(), agentId, data: {} });

const agentOf = ({ state, id }: Request): Agent => found(state.agents.get(id));
const executionOf = ({ state, id }: Request): Execution => found(state.turns.executions.get(id));
const sessionOf = ({ state, subId }: Request) => found(state.turns.sessions.get(subId));

function executionsOf({ state, query }: Request, agentId: string | null): Execution[] {
  const status = query.get("status");
  return [...state.turns.executions.values()].filter(
    (execution) =>
      (status ?? execution.status) === execution.status &&
      (agentId ?? execution.agentId) === execution.agentId,
  );
}

function summaryOf(execution: Execution, state: WireState): ExecutionSummary {
  const {
    input,
    output: _output,
    toolCalls: _calls,
    attachments: _attachments,
    routes: _routes,
    modelCalls: _modelCalls,
    filtered: _filtered,
    ...rest
  } = execution;
  const agentName = state.agents.get(execution.agentId)?.name;
  const inputPreview = (typeof input === "string" ? input : "").slice(0, 200);
  return { ...rest, inputPreview, ...(agentName !== undefined && { agentName }) };
}

/** Each route by its method and path, ids left out. A route that returns has answered, or will. */
const routes: Record<string, (request: Request) => void | Promise<void>> = {
  "GET me": ({ json }) =>
    json(200, {
      subject: "tester",
      workspaceId: "local",
      scopes: ["admin"],
      expiresAt: null,
      method: "api-key",
    }),

  ...documentRoutes,
  ...modelRoutes,
  ...bridgeRoutes,
  ...fuseRoutes,

  "GET agents": ({ state, query, json }) => {
    const q = query.get("q")?.toLowerCase();
    const all = [...state.agents.values()].filter(
      ({ id, name }) => q === undefined || id === q || name.toLowerCase().startsWith(q),
    );
    json(200, pageOf(all, query));
  },

  "POST agents": (request) => {
    const settings = parsed(CreateAgent, request.body) as Omit<
      Agent,
      "id" | "metrics" | "createdAt" | "updatedAt"
    >;
    const metrics = { requestsHandled: 0, lastActive: null };
    const agent: Agent = { id: newId(), ...settings, metrics, createdAt: now(), updatedAt: now() };
    request.state.agents.set(agent.id, agent);
    tell(request, "agent.created", agent.id);
    request.json(201, agent);
  },

  "GET agents/:id": (request) => request.json(200, agentOf(request)),

  "PATCH agents/:id": (request) => {
    const { systemPrompt, ...patch } = parsed(UpdateAgent, request.body);
    const next = { ...agentOf(request), ...patch, updatedAt: now() } as Agent;
    if (systemPrompt === null) delete next.systemPrompt;
    else if (systemPrompt !== undefined) next.systemPrompt = systemPrompt;
    request.state.agents.set(next.id, next);
    tell(request, "agent.updated", next.id);
    request.json(200, next);
  },

  "DELETE agents/:id": (request) => {
    request.state.agents.delete(agentOf(request).id);
    tell(request, "agent.deleted", request.id);
    request.response.writeHead(204).end();
  },

  "POST agents/:id/executions": async (request) => {
    const { state, headers, response, json } = request;
    const order = parsed(CreateExecution, request.body);
    const key = String(headers["idempotency-key"]);
    const body = JSON.stringify(request.body);
    const earlier = state.replies.get(key);
    if (earlier !== undefined && earlier.body !== body) {
      throw new OrreryError("idempotency_mismatch", "This key was used with another request.");
    }
    const id = earlier?.execution ?? state.turns.begin(agentOf(request).id, order).id;
    state.replies.set(key, { body, execution: id });
    if (headers.prefer === "respond-async") {
      json(202, state.turns.executions.get(id), { location: `/api/v1/executions/${id}` });
    } else if (order.stream === true) state.turns.stream(id, undefined, response);
    else json(200, await state.turns.finished(id));
  },

  "GET agents/:id/executions": (request) =>
    request.json(200, pageOf(executionsOf(request, agentOf(request).id), request.query)),

  "GET executions": (request) => {
    const { state, query } = request;
    const all = executionsOf(request, query.get("agentId")).map((execution) => summaryOf(execution, state));
    request.json(200, pageOf(all, query));
  },

  "GET executions/:id": (request) => request.json(200, executionOf(request)),

  "GET executions/:id/stream": (request) => {
    const last = request.headers["last-event-id"] as string | undefined;
    request.state.turns.stream(executionOf(request).id, last, request.response);
  },

  "POST executions/:id/cancel": (request) =>
    request.json(200, request.state.turns.cancel(executionOf(request).id)),

  "GET agents/:id/sessions": ({ state, id, query, json }) => {
    const all = [...state.turns.sessions.values()].filter(({ agentId }) => agentId === id);
    json(200, pageOf(all, query));
  },

  "GET agents/:id/sessions/:sub": (request) => request.json(200, sessionOf(request)),

  "DELETE agents/:id/sessions/:sub": (request) => {
    request.state.turns.sessions.delete(sessionOf(request).id);
    request.response.writeHead(204).end();
  },

  "GET agents/:id/sessions/:sub/messages": (request) => {
    const { id: sessionId } = sessionOf(request);
    const said = [...request.state.turns.executions.values()].filter((one) => one.sessionId === sessionId);
    const items = said.flatMap(({ id, input, output = "" }) => [
      { id: `u-${id}`, role: "user", parts: [{ type: "text", text: input }] },
      { id: `m-${id}`, role: "assistant", parts: [{ type: "text", text: output }] },
    ]);
    request.json(200, { items, nextCursor: null });
  },

  "GET tokens": ({ state, query, json }) => json(200, pageOf(state.tokens.values(), query)),

  "POST tokens": ({ state, body, json }) => {
    const { name, kind, scopes } = parsed(CreateToken, body) as Pick<Token, "name" | "kind" | "scopes">;
    const made = { id: newId(), name, kind, scopes, createdAt: now(), expiresAt: null, revokedAt: null };
    state.tokens.set(made.id, made);
    json(201, { ...made, secret: `ok_${made.id}` });
  },

  "DELETE tokens/:id": ({ state, id, response }) => {
    found(state.tokens.get(id)).revokedAt = now();
    response.writeHead(204).end();
  },

  "POST tickets": ({ state, json }) =>
    json(201, { ticket: state.ticket, expiresAt: timestamp(Date.now() + 60_000) }),

  "POST index/:id": ({ state, id, json }) =>
    json(200, {
      checked: state.agents.size,
      differences: [],
      repaired: id === "rebuild",
      nextCursor: null,
    }),

  "GET events": ({ state, query, headers, response }) =>
    state.events.follow(query, headers["last-event-id"] as string | undefined, (frame) => {
      const { id, type } = JSON.parse(frame) as { id?: string; type: string };
      if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`${id === undefined ? `event: ${type}` : `id: ${id}`}\ndata: ${frame}\n\n`);
      return () => response.destroy();
    }),
};

/**
 * Answers a request.
 * @throws OrreryError it is refused
 */
export async function route(
  state: WireState,
  request: IncomingMessage,
  body: unknown,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://wire");
  const { method = "GET", headers } = request;
  const json: Request["json"] = (status, value, more = {}) => {
    response.writeHead(status, { "content-type": "application/json", ...more }).end(JSON.stringify(value));
  };
  if (pathname === "/openapi.json") return json(200, { info: { version: "1.0.0" } });
  if (pathname === "/readyz") {
    return json(200, {
      status: "ready",
      dependencies: { database: { ready: true }, files: { ready: true } },
    });
  }
  if (headers.authorization !== `Bearer ${state.token}`) {
    throw new OrreryError("unauthenticated", "This needs a valid token.");
  }
  const { path, id, subId, task } = placeOf(pathname);
  const answer = routes[`${method} ${path}`];
  if (answer === undefined) throw new OrreryError("not_found", `There is no ${method} ${pathname}.`);
  await answer({ state, query, headers, body, response, id, subId, task, json });
}

/** A path without its ids, and the ids. */
function placeOf(pathname: string): { path: string; id: string; subId: string; task: string } {
  const parts = pathname.split("/").slice(3).map(decodeURIComponent);
  const joined = (...names: (string | undefined)[]) => names.filter(Boolean).join("/");
  if (parts[0] === "fuse") {
    const [, noun, id = "", subId = "", part, task = "", verb] = parts;
    const path = joined("fuse", noun, id && ":id", subId && ":sub", part, task && ":task", verb);
    return { path, id, subId, task };
  }
  const [noun, id = "", part, subId = "", subPart] = parts;
  return { path: joined(noun, id && ":id", part, subId && ":sub", subPart), id, subId, task: "" };
}
