import type { Me } from "@orrery/protocol";
import { createAgents, type Agents } from "./agents.ts";
import { createBridges, type Bridges } from "./bridges.ts";
import { createBudgets, type Budgets } from "./budgets.ts";
import { systemClock, type Clock } from "./clock.ts";
import { createDocuments, type Documents } from "./documents.ts";
import { createEvents, type Events } from "./events.ts";
import type { WebSocketConstructor } from "./events-socket.ts";
import { createExecutions, type Executions } from "./executions.ts";
import { createFlags, type Flags } from "./flags.ts";
import { createFuse, type Fuse } from "./fuse.ts";
import { createIndex, type Index } from "./index-check.ts";
import { createKeys, createWorkspaceKeys, type Keys, type WorkspaceKeys } from "./keys.ts";
import { createModels, type Models } from "./models.ts";
import { readReadiness, type Readiness } from "./readiness.ts";
import { defaultRetry, type RetryPolicy } from "./retry.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { createTokens, type Tokens } from "./tokens.ts";
import { createTransport, type RequestOptions } from "./transport.ts";
import { createUsageReports, type UsageReports } from "./usage.ts";

export interface ClientOptions {
  /** Where the platform is, such as `http://127.0.0.1:8787`. */
  baseUrl: string;
  /** A JWT or an API key. */
  token?: string | undefined;
  /** Gives the token for each request instead; asked once more when the server refuses the last one. */
  getToken?: (() => string | undefined | Promise<string | undefined>) | undefined;
  /** The platform's own unless given. */
  fetch?: typeof fetch | undefined;
  /** The platform's own unless given; without any, events come over HTTP. */
  WebSocket?: WebSocketConstructor | undefined;
  /** Milliseconds one try of a request may take until its answer begins; 30,000 unless given. */
  timeoutMs?: number | undefined;
  retry?: Partial<RetryPolicy> | undefined;
  /** Time and chance, for tests. */
  clock?: Clock | undefined;
}

/** Orrery, as a program sees it. Every method throws `ApiError` or `ConnectionError`. */
export interface OrreryClient {
  readonly agents: Agents;
  readonly executions: Executions;
  readonly sessions: Sessions;
  readonly documents: Documents;
  readonly events: Events;
  readonly models: Models;
  readonly usage: UsageReports;
  readonly budgets: Budgets;
  readonly tokens: Tokens;
  readonly keys: Keys;
  readonly workspaceKey: WorkspaceKeys;
  readonly bridges: Bridges;
  readonly fuse: Fuse;
  readonly flags: Flags;
  readonly index: Index;
  /** Who the bearer of the token is. */
  me(options?: RequestOptions): Promise<Me>;
  /** Whether the platform can serve, and each thing it depends on. Needs no token. */
  readiness(options?: RequestOptions): Promise<Readiness>;
}

/**
 * Makes a client. It holds no connection until a call needs one.
 * @throws TypeError `baseUrl` is no address
 */
export function createClient(options: ClientOptions): OrreryClient {
  const transport = createTransport({
    baseUrl: options.baseUrl,
    token: options.getToken ?? (() => options.token),
    // Workers refuse a `fetch` that is called on another object than the global one.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    timeoutMs: options.timeoutMs ?? 30_000,
    retry: { ...defaultRetry, ...options.retry },
    clock: options.clock ?? systemClock,
  });
  return {
    agents: createAgents(transport),
    executions: createExecutions(transport),
    sessions: createSessions(transport),
    documents: createDocuments(transport),
    events: createEvents(transport, options.WebSocket ?? globalThis.WebSocket),
    models: createModels(transport),
    usage: createUsageReports(transport),
    budgets: createBudgets(transport),
    tokens: createTokens(transport),
    keys: createKeys(transport),
    workspaceKey: createWorkspaceKeys(transport),
    bridges: createBridges(transport),
    fuse: createFuse(transport),
    flags: createFlags(transport),
    index: createIndex(transport),
    me: (request) => transport.json({ ...request, path: "/api/v1/me" }),
    readiness: (request) => readReadiness(transport, request),
  };
}
