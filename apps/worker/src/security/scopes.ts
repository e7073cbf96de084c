import { OrreryError, type Scope } from "@orrery/protocol";
import type { MiddlewareHandler } from "hono";
import type { AppEnv, Identity } from "./context.ts";

/** Which middlewares demand scopes, and which: the route table and the OpenAPI document read it. */
const demands = new WeakMap<object, readonly Scope[]>();

/**
 * Whether `identity` holds all of `scopes`; `admin` implies every other.
 * @throws OrreryError forbidden, naming the scopes that are missing.
 */
export function assertScopes(identity: Identity, scopes: readonly Scope[]): void {
  if (identity.scopes.includes("admin")) return;
  const missing = scopes.filter((scope) => !identity.scopes.includes(scope));
  if (missing.length > 0) {
    throw new OrreryError("forbidden", `This needs the scope ${missing.join(", ")}`);
  }
}

/**
 * Middleware that lets through who holds all of `scopes`. It belongs in a route's own `middleware`,
 * so that the route table knows what the route demands.
 * @throws OrreryError forbidden
 */
export function requireScope(...scopes: [Scope, ...Scope[]]): MiddlewareHandler<AppEnv> {
  const middleware: MiddlewareHandler<AppEnv> = (c, next) => {
    assertScopes(c.var.identity, scopes);
    return next();
  };
  demands.set(middleware, scopes);
  return middleware;
}

/** The scopes that `handler` demands, where {@link requireScope} made it. */
export const scopesOf = (handler: object): readonly Scope[] | undefined => demands.get(handler);
