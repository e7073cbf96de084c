import { OrreryError } from "@orrery/protocol";
import type { MiddlewareHandler } from "hono";
import type { AppEnv, Identity } from "./context.ts";
import { securityOf } from "./isolate.ts";
import type { TokenBuckets } from "./token-buckets.ts";

/**
 * Counts a request of `identity`.
 * @throws OrreryError rate_limited, with the whole seconds until the next may come.
 */
export function countRequest(
  buckets: TokenBuckets,
  identity: Pick<Identity, "workspaceId" | "subject">,
  now: number,
): void {
  const wait = buckets.take(`${identity.workspaceId}\n${identity.subject}`, now);
  if (wait === 0) return;
  throw new OrreryError("rate_limited", "This identity sends more requests a minute than it may", {
    retryAfter: Math.max(1, Math.ceil(wait / 1_000)),
  });
}

/** Middleware after {@link authenticate}: limits requests by identity, in this isolate. */
export const rateLimit: MiddlewareHandler<AppEnv> = (c, next) => {
  const { requests } = securityOf(c.env);
  if (requests !== null) countRequest(requests, c.var.identity, Date.now());
  return next();
};
