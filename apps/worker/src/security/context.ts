/** What every route of the API sees of its caller and its surroundings. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Scope, Ticket } from "@orrery/protocol";

/** Who calls: proven by a JWT, an API key, a ticket made from one of them, or a signature of its own. */
export interface Identity {
  /** The JWT's `sub`, `key:<id>`, or the name of the peer whose key signed the request. */
  subject: string;
  workspaceId: string;
  scopes: readonly Scope[];
  method: "jwt" | "api-key" | "ticket" | "signature";
  /** Epoch milliseconds; null for a key without end. A ticket's is that of the token it was made from. */
  expiresAt: number | null;
  /** The token's own id (`jti`, or the key's id), by which it is revoked. */
  tokenId: string | null;
}

export interface AppEnv {
  Bindings: Env;
  Variables: {
    identity: Identity;
    /** Names this request in logs, in `X-Request-Id` and in problems of our own making. */
    requestId: string;
    /** Set where a WebSocket was opened with `?token=`: the socket's first frame hands it over. */
    ticket?: Ticket;
    /** Set by a route whose answer tells of one agent: what is kept of the answer goes with that agent. */
    aboutAgent?: string;
  };
}

/** The router that `http/` makes and each domain's `routes.ts` adds its routes to. */
export type Api = OpenAPIHono<AppEnv>;
