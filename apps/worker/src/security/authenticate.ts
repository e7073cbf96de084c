import type { Ticket } from "@orrery/protocol";
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { AppEnv, Identity } from "./context.ts";
import { assertSameSite, credentialsOf, openByAddress } from "./credentials.ts";
import { securityOf } from "./isolate.ts";
import type { Background } from "./revocations.ts";
import { signedIdentity } from "./signing/signed-requests.ts";

/** Who opened a socket or sent a request; `ticket` where a token came in the address of a WebSocket. */
interface Proven {
  identity: Identity;
  /** For the socket's first frame: by it the client comes back without its token in an address. */
  ticket?: Ticket;
  /** The request again, where its body had to be read to know that it is the one that was signed. */
  request?: Request;
}

/**
 * Who sent this request: by header, or by what a WebSocket or an event stream may carry in its address.
 * @throws OrreryError unauthenticated, invalid_request, forbidden, rate_limited
 */
async function identityOf(c: Context<AppEnv>): Promise<Proven> {
  const { env } = c;
  const request = c.req.raw;
  const { authenticator, settings } = securityOf(env);
  const address = settings.addressHeader === null ? null : request.headers.get(settings.addressHeader);
  const from = { address, background: backgroundOf(c) };
  const credentials = credentialsOf(request, () =>
    matchedRoutes(c).some(({ handler }) => handler === openByAddress),
  );
  if (credentials.kind === "ticket") {
    return { identity: await authenticator.redeem(credentials.ticket, from) };
  }
  if (credentials.kind === "signature") {
    return authenticator.guarded(from, () => signedIdentity(request, env, Date.now()));
  }
  if (credentials.kind === "token" && credentials.ambient) assertSameSite(request);
  const identity = await authenticator.identify(credentials.token, from);
  if (credentials.kind === "token") return { identity };
  return { identity, ticket: await authenticator.issueTicket(identity) };
}

/** Hono throws where a request has no execution context, as in tests without a runtime. */
function backgroundOf(c: Context<AppEnv>): Background | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}

/**
 * Middleware that lets nobody through without an identity, and sets `identity`.
 * @throws OrreryError as {@link identityOf} does.
 */
export const authenticate: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { identity, ticket, request } = await identityOf(c);
  c.set("identity", identity);
  if (ticket !== undefined) c.set("ticket", ticket);
  if (request !== undefined) c.req.raw = request;
  await next();
};

/** A ticket for `identity`. @throws OrreryError conflict where the deployment has no signing key. */
export const issueTicket = (identity: Identity, env: Env): Promise<Ticket> =>
  securityOf(env).authenticator.issueTicket(identity);
