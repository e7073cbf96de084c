/**
 * A platform in memory that speaks the real wire: the contract's paths, schemas, problems, streams and
 * sockets, over real HTTP on a free port of loopback. What an agent answers is scripted, and lines can
 * be cut where a test wants them cut.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateAgent,
  CreateExecution,
  CreateToken,
  OrreryError,
  UpdateAgent,
  newExecutionId,
  newId,
  timestamp,
  type Agent,
  type EventDraft,
  type Execution,
  type ExecutionSummary,
  type Model,
  type Session,
  type Token,
  type TurnChunk,
} from "@orrery/protocol";
import { WebSocketServer, type WebSocket } from "ws";

/** What a test decides about one stream connection. */
export interface Cut {
  /** Chunks after which the connection breaks. */
  chunks: number;
  /** Bytes of the next event that still get through. */
  bytes?: number;
}

interface Turn {
  execution: Execution;
  chunks: TurnChunk[];
  /** How many of them exist so far; a turn that is held grows when it is released. */
  available: number;
  changed: Set<() => void>;
}

export interface WireServer {
  readonly url: string;
  readonly token: string;
  /** What the next executions answer; the default is `echo: <input>`. */
  answer(script: (input: string) => TurnChunk[]): void;
  /** Executions from now on stay running after `chunks` chunks until {@link release}. */
  hold(chunks: number): void;
  release(): void;
  /** The next stream connections break, one after the other. */
  cut(...cuts: Cut[]): void;
  /** The next requests whose `METHOD path` contains `match` are answered like this, or dropped. */
  fail(match: string, ...answers: (OrreryError | "drop" | { status: number; body: string })[]): void;
  emit(draft: EventDraft): void;
  /** Breaks every live connection. */
  dropEvents(): void;
  /** Forgets events up to now, so that resuming before them finds a gap. */
  forgetEvents(): void;
  /** Whether WebSockets are accepted. */
  sockets: boolean;
  /** Every request so far. */
  readonly requests: { method: string; path: string; headers: IncomingMessage["headers"]; body: unknown }[];
  readonly agents: Map<string, Agent>;
  readonly executions: ReadonlyMap<string, Execution>;
  close(): Promise<void>;
}

const model: Model = {
  id: "offline/extract",
  name: "Offline extracts",
  provider: "offline",
  kind: "text",
  aliases: ["auto"],
  contextTokens: null,
  maxOutputTokens: null,
  price: null,
  capabilities: { tools: true, vision: false, reasoning: false },
  extractive: true,
  usable: true,
  reason: null,
};

/** The chunks of a plain answer, cut into words. */
export function textAnswer(text: string): TurnChunk[] {
  const words = text.match(/\S+\s*/g) ?? [];
  return [
    { type: "start-step" },
    { type: "text-start", id: "t0" },
    ...words.map((delta): TurnChunk => ({ type: "text-delta", id: "t0", delta })),
    { type: "text-end", id: "t0" },
    { type: "finish-step" },
  ];
}

export async function startWireServer(): Promise<WireServer> {
  const token = "wire-server-token";
  const agents = new Map<string, Agent>();
  const turns = new Map<string, Turn>();
  const sessions = new Map<string, Session>();
  const tokens = new Map<string, Token>();
  const replies = new Map<string, { body: string; execution: string }>();
  const events: { id: number; frame: string }[] = [];
  const listeners = new Set<(id: number, frame: string) => void>();
  const drops = new Set<() => void>();
  const requests: WireServer["requests"] = [];
  const failures: { match: string; answer: OrreryError | "drop" | { status: number; body: string } }[] = [];
  const cuts: Cut[] = [];
  let script = (input: string): TurnChunk[] => textAnswer(`echo: ${input}`);
  let heldAt: number | undefined;
  let lastEvent = 0;
  const executions = new Map<string, Execution>();

  const emit = (draft: EventDraft) => {
    const id = ++lastEvent;
    const frame = JSON.stringify({ id: String(id), ...draft });
    events.push({ id, frame });
    for (const listen of listeners) listen(id, frame);
  };

  const emitOf = (type: EventDraft["type"], execution: Execution) =>
    emit({
      type,
      at: timestamp(Date.now()),
      agentId: execution.agentId,
      executionId: execution.id,
      data: {},
    });

  function finish(turn: Turn, status: "completed" | "cancelled"): void {
    const text = turn.chunks
      .slice(0, turn.available)
      .map((chunk) => (chunk.type === "text-delta" ? chunk.delta : ""))
      .join("");
    Object.assign(turn.execution, {
      status,
      output: text,
      model: "offline/extract",
      latencyMs: 12,
      completedAt: timestamp(Date.now()),
    });
    emitOf(`execution.${status}`, turn.execution);
  }

  function grow(turn: Turn, available: number): void {
    turn.available = Math.min(available, turn.chunks.length);
    if (turn.available === turn.chunks.length && turn.execution.status === "running")
      finish(turn, "completed");
    for (const wake of turn.changed) wake();
  }

  function begin(agentId: string, input: CreateExecution): Turn {
    const id = newExecutionId(agentId);
    const text =
      typeof input.input === "string"
        ? input.input
        : input.input.map((part) => (part.type === "text" ? part.text : "")).join("");
    const sessionId = input.sessionId ?? newId();
    const now = timestamp(Date.now());
    const known = sessions.get(sessionId);
    sessions.set(sessionId, {
      id: sessionId,
      agentId,
      title: known?.title ?? text.slice(0, 80),
      executions: (known?.executions ?? 0) + 1,
      createdAt: known?.createdAt ?? now,
      updatedAt: now,
    });
    const execution: Execution = {
      id,
      agentId,
      sessionId,
      input: input.input,
      attachments: (input.attachments ?? []).map((attachment) => ({
        name: attachment.name,
        mediaType: attachment.mediaType,
        size: "data" in attachment ? Buffer.from(attachment.data, "base64").length : 0,
      })),
      status: "running",
      edgeLocation: "local",
      toolCalls: [],
      createdAt: now,
    };
    const messageMetadata = { executionId: id, sessionId };
    const chunks: TurnChunk[] = [
      { type: "start", messageId: `m-${id}`, messageMetadata },
      ...script(text),
      {
        type: "finish",
        finishReason: "stop",
        messageMetadata: { ...messageMetadata, model: "offline/extract", extractive: true },
      },
    ];
    const turn = { execution, chunks, available: 0, changed: new Set<() => void>() };
    turns.set(id, turn);
    executions.set(id, execution);
    emitOf("execution.started", execution);
    grow(turn, heldAt ?? chunks.length);
    return turn;
  }

  function stream(turn: Turn, after: string | undefined, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "x-vercel-ai-ui-message-stream": "v1" });
    response.write(": \n\n");
    let at = after === undefined ? 0 : Number(after.split(".")[1]);
    const left = cuts.shift();
    const write = () => {
      for (; at < turn.available; at++) {
        const event = `id: 0.${at + 1}\ndata: ${JSON.stringify(turn.chunks[at])}\n\n`;
        if (left !== undefined && left.chunks-- <= 0) {
          turn.changed.delete(write);
          response.write(event.slice(0, left.bytes ?? 0), () => response.destroy());
          return;
        }
        response.write(event);
      }
      if (at < turn.chunks.length) return;
      turn.changed.delete(write);
      response.end("data: [DONE]\n\n");
    };
    turn.changed.add(write);
    response.on("close", () => turn.changed.delete(write));
    write();
  }

  const finished = (turn: Turn): Promise<Execution> =>
    new Promise((resolve) => {
      const look = () => {
        if (turn.execution.status === "running") return;
        turn.changed.delete(look);
        resolve(turn.execution);
      };
      turn.changed.add(look);
      look();
    });

  const summary = (execution: Execution): ExecutionSummary => {
    const { input, output: _output, toolCalls: _calls, attachments: _attachments, ...rest } = execution;
    const agentName = agents.get(execution.agentId)?.name;
    return {
      ...rest,
      inputPreview: (typeof input === "string" ? input : "").slice(0, 200),
      ...(agentName !== undefined && { agentName }),
    };
  };

  /** The part of a list, newest first, that a query asks for. The cursor is the last id given. */
  function page<Item extends { id: string }>(all: Iterable<Item>, query: URLSearchParams) {
    const limit = Number(query.get("limit") ?? 25);
    if (limit < 1 || limit > 100) throw new OrreryError("invalid_request", "limit is 1 to 100");
    const cursor = query.get("cursor");
    const rest = [...all]
      .sort((one, other) => (one.id < other.id ? 1 : -1))
      .filter((item) => cursor === null || item.id < cursor);
    const items = rest.slice(0, limit);
    return { items, nextCursor: rest.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  function found<Item>(item: Item | undefined): Item {
    if (item === undefined) throw new OrreryError("not_found", "There is no such thing here.");
    return item;
  }

  function parsed<Output>(
    schema: {
      safeParse(value: unknown): {
        success: boolean;
        data?: Output;
        error?: { issues: { path: PropertyKey[]; message: string }[] };
      };
    },
    value: unknown,
  ): Output {
    const result = schema.safeParse(value);
    if (result.success) return result.data as Output;
    throw new OrreryError("invalid_request", "The request does not have the form it must have.", {
      errors: (result.error?.issues ?? []).map(({ path, message }) => ({ path: path.join("."), message })),
    });
  }

  const matches = (execution: Execution, query: URLSearchParams) =>
    (query.get("status") ?? execution.status) === execution.status &&
    (query.get("agentId") ?? execution.agentId) === execution.agentId;

  async function route(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    const url = new URL(request.url ?? "/", "http://wire");
    const method = request.method ?? "GET";
    const json = (status: number, value: unknown, headers: Record<string, string> = {}) =>
      void response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify(value));

    if (url.pathname === "/readyz") {
      return json(200, {
        status: "ready",
        dependencies: { database: { ready: true }, files: { ready: true } },
      });
    }
    if (request.headers.authorization !== `Bearer ${token}`) {
      throw new OrreryError("unauthenticated", "This needs a valid token.");
    }
    const [, , , noun, id, part, subId, subPart] = url.pathname.split("/");
    const key = `${method} ${[noun, id && ":id", part, subId && ":sub", subPart].filter(Boolean).join("/")}`;
    const agent = () => found(agents.get(id ?? ""));
    const turn = () => found(turns.get(id ?? ""));
    const session = () => found(sessions.get(subId ?? ""));
    const now = timestamp(Date.now());

    switch (key) {
      case "GET me":
        return json(200, {
          subject: "tester",
          workspaceId: "local",
          scopes: ["admin"],
          expiresAt: null,
          method: "api-key",
        });
      case "GET models":
        return json(200, { items: [model], nextCursor: null });
      case "GET agents": {
        const q = url.searchParams.get("q")?.toLowerCase();
        const all = [...agents.values()].filter(
          (one) => q === undefined || one.id === q || one.name.toLowerCase().startsWith(q),
        );
        return json(200, page(all, url.searchParams));
      }
      case "POST agents": {
        const settings = parsed(CreateAgent, body) as Omit<
          Agent,
          "id" | "metrics" | "createdAt" | "updatedAt"
        >;
        const made: Agent = {
          id: newId(),
          ...settings,
          metrics: { requestsHandled: 0, lastActive: null },
          createdAt: now,
          updatedAt: now,
        };
        agents.set(made.id, made);
        emit({ type: "agent.created", at: now, agentId: made.id, data: {} });
        return json(201, made);
      }
      case "GET agents/:id":
        return json(200, agent());
      case "PATCH agents/:id": {
        const { systemPrompt, ...patch } = parsed(UpdateAgent, body);
        const next = { ...agent(), ...patch, updatedAt: now } as Agent;
        if (systemPrompt === null) delete next.systemPrompt;
        else if (systemPrompt !== undefined) next.systemPrompt = systemPrompt;
        agents.set(next.id, next);
        emit({ type: "agent.updated", at: now, agentId: next.id, data: {} });
        return json(200, next);
      }
      case "DELETE agents/:id":
        agents.delete(agent().id);
        emit({ type: "agent.deleted", at: now, agentId: id, data: {} });
        return void response.writeHead(204).end();
      case "POST agents/:id/executions": {
        const input = parsed(CreateExecution, body);
        const replayKey = String(request.headers["idempotency-key"]);
        const earlier = replies.get(replayKey);
        if (earlier !== undefined && earlier.body !== JSON.stringify(body)) {
          throw new OrreryError("idempotency_mismatch", "This key was used with another request.");
        }
        const started = earlier ? found(turns.get(earlier.execution)) : begin(agent().id, input);
        replies.set(replayKey, { body: JSON.stringify(body), execution: started.execution.id });
        if (request.headers.prefer === "respond-async") {
          return json(202, started.execution, { location: `/api/v1/executions/${started.execution.id}` });
        }
        if (input.stream === true) return stream(started, undefined, response);
        return json(200, await finished(started));
      }
      case "GET agents/:id/executions":
      case "GET executions": {
        const all = [...executions.values()].filter(
          (execution) =>
            matches(execution, url.searchParams) && (part === undefined || execution.agentId === id),
        );
        return json(200, page<Execution | ExecutionSummary>(part ? all : all.map(summary), url.searchParams));
      }
      case "GET executions/:id":
        return json(200, turn().execution);
      case "GET executions/:id/stream":
        return stream(turn(), request.headers["last-event-id"] as string | undefined, response);
      case "POST executions/:id/cancel": {
        const running = turn();
        if (running.execution.status === "completed") {
          throw new OrreryError("conflict", "The execution has ended already.");
        }
        if (running.execution.status === "running") {
          running.chunks = [...running.chunks.slice(0, running.available), { type: "abort" }];
          running.available = running.chunks.length;
          finish(running, "cancelled");
          grow(running, running.chunks.length);
        }
        return json(200, running.execution);
      }
      case "GET agents/:id/sessions":
        return json(
          200,
          page(
            [...sessions.values()].filter((one) => one.agentId === id),
            url.searchParams,
          ),
        );
      case "GET agents/:id/sessions/:sub":
        return json(200, session());
      case "DELETE agents/:id/sessions/:sub":
        sessions.delete(session().id);
        return void response.writeHead(204).end();
      case "GET agents/:id/sessions/:sub/messages": {
        const said = [...executions.values()].filter((execution) => execution.sessionId === session().id);
        const items = said.flatMap((execution) => [
          { id: `u-${execution.id}`, role: "user", parts: [{ type: "text", text: execution.input }] },
          {
            id: `m-${execution.id}`,
            role: "assistant",
            parts: [{ type: "text", text: execution.output ?? "" }],
          },
        ]);
        return json(200, { items, nextCursor: null });
      }
      case "GET tokens":
        return json(200, page(tokens.values(), url.searchParams));
      case "POST tokens": {
        const asked = parsed(CreateToken, body) as Pick<Token, "name" | "kind" | "scopes">;
        const { name, kind, scopes } = asked;
        const made: Token = {
          id: newId(),
          name,
          kind,
          scopes,
          createdAt: now,
          expiresAt: null,
          revokedAt: null,
        };
        tokens.set(made.id, made);
        return json(201, { ...made, secret: `ok_${made.id}` });
      }
      case "DELETE tokens/:id":
        found(tokens.get(id ?? "")).revokedAt = now;
        return void response.writeHead(204).end();
      case "POST tickets":
        return json(201, { ticket: "wire-ticket", expiresAt: timestamp(Date.now() + 60_000) });
      case "POST index/:id":
        return json(200, {
          checked: agents.size + executions.size,
          differences: [],
          repaired: id === "rebuild",
          nextCursor: null,
        });
      case "GET events":
        return follow(url, request.headers["last-event-id"] as string | undefined, (frame) => {
          const { id: eventId, type } = JSON.parse(frame) as { id?: string; type: string };
          if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
          response.write(
            eventId === undefined
              ? `event: ${type}\ndata: ${frame}\n\n`
              : `id: ${eventId}\ndata: ${frame}\n\n`,
          );
          return () => response.destroy();
        });
      default:
        throw new OrreryError("not_found", `There is no ${method} ${url.pathname}.`);
    }
  }

  /** Sends `ready`, what is due, and what comes, until the connection breaks. */
  function follow(url: URL, lastId: string | undefined, write: (frame: string) => () => void): void {
    const after = lastId ?? url.searchParams.get("after");
    const types = url.searchParams.get("types")?.split(",");
    const oldest = events[0]?.id ?? lastEvent + 1;
    const from = after === null ? lastEvent : Number(after);
    const gap = from < oldest - 1;
    const readyAt = gap ? lastEvent : from;
    const lastEventId = readyAt === 0 ? null : String(readyAt);
    const close = write(JSON.stringify({ type: "ready", lastEventId }));
    if (gap) write(JSON.stringify({ type: "gap", lastEventId }));
    const listen = (id: number, frame: string) => {
      const { type } = JSON.parse(frame) as { type: string };
      if (id > readyAt && (types?.includes(type) ?? true)) write(frame);
    };
    if (!gap) for (const { id, frame } of events) listen(id, frame);
    listeners.add(listen);
    drops.add(() => {
      listeners.delete(listen);
      close();
    });
  }

  async function bodyOf(request: IncomingMessage): Promise<unknown> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    return pieces.length === 0 ? undefined : JSON.parse(Buffer.concat(pieces).toString());
  }

  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? "/";
      try {
        const body = await bodyOf(request);
        requests.push({ method: request.method ?? "", path, headers: request.headers, body });
        const at = failures.findIndex(({ match }) => `${request.method} ${path}`.includes(match));
        const failure = at === -1 ? undefined : failures.splice(at, 1)[0]?.answer;
        if (failure === "drop") {
          response.destroy();
          return;
        }
        if (failure instanceof OrreryError) throw failure;
        if (failure !== undefined) response.writeHead(failure.status).end(failure.body);
        else await route(request, response, body);
      } catch (error) {
        const known = error instanceof OrreryError ? error : new OrreryError("internal", String(error));
        response
          .writeHead(known.status, {
            "content-type": "application/problem+json",
            "x-request-id": "req-1",
            ...(known.retryAfter !== undefined && { "retry-after": String(known.retryAfter) }),
          })
          .end(JSON.stringify(known.toProblem(path)));
      }
    })();
  });

  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const url = new URL(request.url ?? "/", "http://wire");
    requests.push({ method: "UPGRADE", path: request.url ?? "", headers: request.headers, body: undefined });
    if (!wire.sockets || url.searchParams.get("ticket") !== "wire-ticket") {
      socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws: WebSocket) => {
      ws.on("message", (data: Buffer) => {
        if (data.toString() === '{"type":"ping"}') ws.send('{"type":"pong"}');
      });
      follow(url, undefined, (frame) => {
        ws.send(frame);
        return () => ws.terminate();
      });
    });
  });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const dropEvents = () => {
    for (const drop of drops) drop();
    drops.clear();
  };

  const wire: WireServer = {
    url: `http://127.0.0.1:${port}`,
    token,
    sockets: true,
    requests,
    agents,
    executions,
    emit,
    dropEvents,
    forgetEvents: () => {
      events.length = 0;
    },
    answer: (next) => {
      script = next;
    },
    hold: (chunks) => {
      heldAt = chunks;
    },
    release: () => {
      heldAt = undefined;
      for (const turn of turns.values()) grow(turn, turn.chunks.length);
    },
    cut: (...next) => void cuts.push(...next),
    fail: (match, ...answers) => void failures.push(...answers.map((answer) => ({ match, answer }))),
    close: async () => {
      dropEvents();
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  return wire;
}
