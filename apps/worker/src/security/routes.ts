import { createRoute, z } from "@hono/zod-openapi";
import {
  CreateToken,
  CreatedToken,
  Id,
  Me,
  OrreryError,
  PageQuery,
  RevokeToken,
  Ticket,
  Token,
  TokenList,
  timestamp,
} from "@orrery/protocol";
import type { Api } from "./context.ts";
import { issueTicket } from "./authenticate.ts";
import { workspaceKeyRoutes } from "./encryption/index.ts";
import { cursorsOf } from "./cursors.ts";
import { createToken } from "./create-token.ts";
import { securityOf } from "./isolate.ts";
import { keyRoutes } from "./keys/routes.ts";
import type { Revocation } from "./revocations.ts";
import { created, json } from "./route-parts.ts";
import { requireScope } from "./scopes.ts";

const me = createRoute({
  method: "get",
  path: "/me",
  tags: ["identity"],
  summary: "Show who the bearer of this token is",
  responses: { 200: json(Me, "The caller.") },
});

const makeTicket = createRoute({
  method: "post",
  path: "/tickets",
  tags: ["identity"],
  summary: "Make a ticket for a WebSocket or an event stream",
  description:
    "For browsers, whose sockets and event sources cannot send headers: within a minute, pass it as `?ticket=`.",
  responses: { 201: json(Ticket, "The ticket.") },
});

const makeToken = createRoute({
  method: "post",
  path: "/tokens",
  tags: ["identity"],
  summary: "Make an API key or a JWT",
  description: "The answer is the only one that ever holds the secret.",
  middleware: [requireScope("admin")] as const,
  request: { body: { required: true, content: { "application/json": { schema: CreateToken } } } },
  responses: { 201: created(CreatedToken, "The token with its secret; `Location` is its address.") },
});

const listTokens = createRoute({
  method: "get",
  path: "/tokens",
  tags: ["identity"],
  summary: "List the workspace's tokens, newest first",
  middleware: [requireScope("admin")] as const,
  request: { query: PageQuery },
  responses: { 200: json(TokenList, "A page of tokens, revoked and expired ones among them.") },
});

const getToken = createRoute({
  method: "get",
  path: "/tokens/{id}",
  tags: ["identity"],
  summary: "Get a token made here",
  middleware: [requireScope("admin")] as const,
  request: { params: z.object({ id: Id }) },
  responses: { 200: json(Token, "The token, without its secret.") },
});

const revokeToken = createRoute({
  method: "delete",
  path: "/tokens/{id}",
  tags: ["identity"],
  summary: "Revoke a token made here",
  middleware: [requireScope("admin")] as const,
  request: { params: z.object({ id: Id }) },
  responses: { 204: { description: "It is refused from now on; other isolates notice within seconds." } },
});

const revokeForeign = createRoute({
  method: "post",
  path: "/tokens/revocations",
  tags: ["identity"],
  summary: "Revoke a JWT made elsewhere, by its jti",
  description:
    "`expiresAt` is when it ends anyway. Of a token made here that is known, and not taken from the request.",
  middleware: [requireScope("admin")] as const,
  request: { body: { required: true, content: { "application/json": { schema: RevokeToken } } } },
  responses: { 204: { description: "It is refused from now on; other isolates notice within seconds." } },
});

/** @throws OrreryError invalid_request (422) for an end that has been: nothing would be refused */
function assertAhead(end: number): void {
  if (end > Date.now()) return;
  throw new OrreryError("invalid_request", "A token that has ended need not be revoked", {
    status: 422,
    errors: [{ path: "expiresAt", message: "expected a time to come" }],
  });
}

/** When a token made here ends, in epoch milliseconds; null where it never does. */
const endOf = ({ expiresAt }: Token): number | null => (expiresAt === null ? null : Date.parse(expiresAt));

const noSuchToken = (): OrreryError => new OrreryError("not_found", "There is no such token");

const tokenCursors = cursorsOf("tokens", Id);

/** Ends what is still open by a token, in other domains' hands, when it has been revoked. */
export type TurnAway = (env: Env, workspaceId: string, tokenId: string) => Promise<void>;

/** Adds `/me`, `/tickets`, `/tokens`, `/keys` and `/workspace-key` to the API. */
export function securityRoutes(api: Api, turnAway: TurnAway): void {
  async function revoke(env: Env, revocation: Revocation): Promise<void> {
    await securityOf(env).revocations.revoke(revocation);
    await turnAway(env, revocation.workspaceId, revocation.tokenId);
  }

  keyRoutes(api);
  workspaceKeyRoutes(api);

  api.openapi(me, (c) => {
    const { subject, workspaceId, scopes, expiresAt, method } = c.var.identity;
    const end = expiresAt === null ? null : timestamp(expiresAt);
    return c.json({ subject, workspaceId, scopes: [...scopes], expiresAt: end, method }, 200);
  });

  api.openapi(makeTicket, async (c) => c.json(await issueTicket(c.var.identity, c.env), 201));

  api.openapi(makeToken, async (c) => {
    const created = await createToken(securityOf(c.env), c.var.identity, c.req.valid("json"), Date.now());
    return c.json(created, 201, { location: `/api/v1/tokens/${created.id}` });
  });

  api.openapi(getToken, async (c) => {
    const { tokens } = securityOf(c.env);
    const token = await tokens.find(c.var.identity.workspaceId, c.req.valid("param").id);
    if (token === null) throw noSuchToken();
    return c.json(token, 200);
  });

  api.openapi(listTokens, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const { tokens } = securityOf(c.env);
    const page = await tokens.list(c.var.identity.workspaceId, limit, tokenCursors.place(cursor));
    return c.json(tokenCursors.page(page), 200);
  });

  api.openapi(revokeToken, async (c) => {
    const { workspaceId } = c.var.identity;
    const token = await securityOf(c.env).tokens.find(workspaceId, c.req.valid("param").id);
    if (token === null) throw noSuchToken();
    await revoke(c.env, { workspaceId, tokenId: token.id, expiresAt: endOf(token) });
    return c.body(null, 204);
  });

  api.openapi(revokeForeign, async (c) => {
    const { workspaceId } = c.var.identity;
    const { tokenId, expiresAt } = c.req.valid("json");
    const said = expiresAt === undefined ? null : Date.parse(expiresAt);
    if (said !== null) assertAhead(said);
    // Of a token made here it is known when it ends.
    const own = await securityOf(c.env).tokens.find(workspaceId, tokenId);
    await revoke(c.env, { workspaceId, tokenId, expiresAt: own === null ? said : endOf(own) });
    return c.body(null, 204);
  });
}
