/**
 * A platform in memory that speaks the real wire: the contract's paths, schemas, problems, streams and
 * sockets, over real HTTP on a free port of loopback. What an agent answers is scripted, and lines can
 * be cut where a test wants them cut.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { OrreryError, type Agent, type EventDraft, type Execution, type TurnChunk } from "@orrery/protocol";
import { WebSocketServer, type WebSocket } from "ws";
import { emptyBridges, type WireBridges } from "./wire-bridges.ts";
import { WireEvents } from "./wire-events.ts";
import { emptyFuse, type WireFuse } from "./wire-fuse.ts";
import { route, type WireState } from "./wire-routes.ts";
import { WireTurns, type Cut } from "./wire-turns.ts";

export { textAnswer } from "./wire-turns.ts";

/** What a request is answered with instead of its route's answer; `drop` breaks the line. */
type Fault = OrreryError | "drop" | { status: number; body: string };

export interface WireServer {
  readonly url: string;
  readonly token: string;
  /** What the next executions answer; the default is `echo: <input>`. */
  answer(script: (input: string) => TurnChunk[]): void;
  /** Executions from now on stay running after `chunks` chunks until {@link release}. */
  hold(chunks: number): void;
  /** Lets them go on, up to so many chunks where that is said. */
  release(chunks?: number): void;
  /** The next stream connections break, one after the other. */
  cut(...cuts: Cut[]): void;
  /** The next requests whose `METHOD path` contains `match` are answered like this; `UPGRADE` ones are refused. */
  fail(match: string, ...faults: Fault[]): void;
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
  readonly bridges: WireBridges;
  readonly fuse: WireFuse;
  /** Begins anew with bridges, keys, flags and the agents behind them. */
  forgetBridges(): void;
  close(): Promise<void>;
}

export async function startWireServer(): Promise<WireServer> {
  const events = new WireEvents();
  const turns = new WireTurns(events);
  const state: WireState = {
    token: "wire-server-token",
    ticket: "wire-ticket",
    agents: new Map(),
    tokens: new Map(),
    replies: new Map(),
    turns,
    events,
    account: { policy: {}, budgets: new Map() },
    bridges: emptyBridges(),
    fuse: emptyFuse(),
    documents: new Map(),
  };
  const requests: WireServer["requests"] = [];
  const faults: { match: string; fault: Fault }[] = [];

  function faultOf(method: string, path: string): Fault | undefined {
    const at = faults.findIndex(({ match }) => `${method} ${path}`.includes(match));
    return at === -1 ? undefined : faults.splice(at, 1)[0]?.fault;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/", headers } = request;
    try {
      const body = await bodyOf(request);
      requests.push({ method, path, headers, body });
      const fault = faultOf(method, path);
      if (fault === "drop") response.destroy();
      else if (fault instanceof OrreryError) throw fault;
      else if (fault !== undefined) response.writeHead(fault.status).end(fault.body);
      else await route(state, request, body, response);
    } catch (error) {
      refuse(response, path, error);
    }
  }

  const server = createServer((request, response) => void serve(request, response));
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const path = request.url ?? "/";
    const { searchParams } = new URL(path, "http://wire");
    requests.push({ method: "UPGRADE", path, headers: request.headers, body: undefined });
    const isFaulty = faultOf("UPGRADE", path) !== undefined;
    if (isFaulty || !wire.sockets || searchParams.get("ticket") !== state.ticket) {
      socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws: WebSocket) => {
      ws.on("message", (data: Buffer) => {
        if (data.toString() === '{"type":"ping"}') ws.send('{"type":"pong"}');
      });
      events.follow(searchParams, undefined, (frame) => {
        ws.send(frame);
        return () => ws.terminate();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const wire: WireServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: state.token,
    sockets: true,
    requests,
    agents: state.agents,
    executions: turns.executions,
    get bridges() {
      return state.bridges;
    },
    get fuse() {
      return state.fuse;
    },
    forgetBridges: () => {
      state.bridges = emptyBridges();
      state.fuse = emptyFuse();
    },
    answer: (script) => {
      turns.script = script;
    },
    hold: (chunks) => {
      turns.heldAt = chunks;
    },
    release: (chunks) => turns.release(chunks),
    cut: (...cuts) => void turns.cuts.push(...cuts),
    fail: (match, ...given) => void faults.push(...given.map((fault) => ({ match, fault }))),
    emit: (draft) => events.emit(draft),
    dropEvents: () => events.drop(),
    forgetEvents: () => events.forget(),
    close: async () => {
      events.drop();
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  return wire;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return pieces.length === 0 ? undefined : JSON.parse(Buffer.concat(pieces).toString());
}

function refuse(response: ServerResponse, path: string, error: unknown): void {
  const known = error instanceof OrreryError ? error : new OrreryError("internal", String(error));
  response
    .writeHead(known.status, {
      "content-type": "application/problem+json",
      "x-request-id": "req-1",
      ...(known.retryAfter !== undefined && { "retry-after": String(known.retryAfter) }),
    })
    .end(JSON.stringify(known.toProblem(path)));
}
