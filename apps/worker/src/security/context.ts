/** What every route of the API sees of its caller and its surroundings. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Scope } from "@orrery/protocol";

/** Who calls: proven by a JWT, an API key, or a ticket made from one of them. */
export interface Identity {
  /** The JWT's `sub`, or `key:<id>`. */
  subject: string;
  workspaceId: string;
  scopes: readonly Scope[];
  method: "jwt" | "api-key" | "ticket";
  /** Epoch milliseconds; null for a key without end. */
  expiresAt: number | null;
  /** The token's own id (`jti`, or the key's id), by which it is revoked. */
  tokenId: string | null;
}

export interface AppEnv {
  Bindings: Env;
  Variables: { identity: Identity };
}

/** The router that `http/` makes and each domain's `routes.ts` adds its routes to. */
export type Api = OpenAPIHono<AppEnv>;
