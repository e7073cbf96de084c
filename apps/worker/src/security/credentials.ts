import { OrreryError } from "@orrery/protocol";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./context.ts";
import { unauthenticated } from "./refusal.ts";

/** How a request proves who sends it. */
export type Credentials =
  | { kind: "token"; token: string; ambient: boolean }
  /** A token in the address of a WebSocket, to be exchanged for a ticket. */
  | { kind: "query-token"; token: string }
  | { kind: "ticket"; ticket: string }
  /** An HTTP message signature, in Signature-Input and Signature. */
  | { kind: "signature" };

export const isUpgrade = (headers: Headers): boolean => headers.get("upgrade")?.toLowerCase() === "websocket";

/**
 * Middleware of a route that browsers reach without a header of their own: a WebSocket, or an event stream. Only there
 * does an address open anything, so that one which is read in a log leads nowhere else. It belongs in the route's own
 * `middleware`.
 */
export const openByAddress: MiddlewareHandler<AppEnv> = (_, next) => next();

/**
 * Addresses end up in logs, histories and referrers, so only what cannot send a header may carry
 * credentials there: a browser's WebSocket, and its `EventSource` (which carries tickets alone).
 */
function fromQuery(request: Request, mayOpen: () => boolean): Credentials | null {
  const mark = request.url.indexOf("?");
  if (mark === -1) return null;
  const query = new URLSearchParams(request.url.slice(mark + 1));
  const token = query.get("token");
  const ticket = query.get("ticket");
  if (query.has("access_token") || (token !== null && !(isUpgrade(request.headers) && mayOpen()))) {
    throw new OrreryError(
      "invalid_request",
      "A token belongs in the Authorization header; only a WebSocket may carry one in its address (?token=)",
    );
  }
  if (token !== null) return { kind: "query-token", token };
  if (ticket === null) return null;
  if (!mayOpen()) {
    throw new OrreryError(
      "invalid_request",
      "A ticket opens WebSockets and event streams only; other requests need an Authorization header",
    );
  }
  return { kind: "ticket", ticket };
}

/**
 * The credentials of a request: its `Authorization: Bearer`, else what its address may carry, else its
 * signature, else what Cloudflare Access added to it. `mayOpen` tells whether the address is one of those that open by
 * themselves ({@link openByAddress}).
 * @throws OrreryError unauthenticated where there are none; invalid_request where they are misplaced.
 */
export function credentialsOf(request: Request, mayOpen: () => boolean): Credentials {
  const inQuery = fromQuery(request, mayOpen);
  const authorization = request.headers.get("authorization");
  if (authorization !== null) {
    const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1];
    if (token === undefined)
      throw unauthenticated("The Authorization header is not of the form Bearer <token>");
    return { kind: "token", token, ambient: false };
  }
  if (inQuery !== null) return inQuery;
  if (request.headers.has("signature-input")) return { kind: "signature" };
  const assertion = request.headers.get("cf-access-jwt-assertion");
  if (assertion !== null) return { kind: "token", token: assertion, ambient: true };
  throw unauthenticated("Send a token: Authorization: Bearer <token>");
}

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses what another site's page may have made a browser send. Access identifies by a cookie, which
 * browsers add by themselves; tokens they do not.
 * @throws OrreryError forbidden
 */
export function assertSameSite(request: Request): void {
  if (safeMethods.has(request.method) && !isUpgrade(request.headers)) return;
  const origin = request.headers.get("origin");
  if (origin === null || origin === new URL(request.url).origin) return;
  throw new OrreryError(
    "forbidden",
    "A page of another origin may not do this with a Cloudflare Access session",
  );
}
