import { openSocket, socketAgentId } from "../agents/index.ts";
import { type Api, identityFromUpgrade, isUpgrade } from "../security/index.ts";

/** The same request without what proved its sender: addresses are logged further on. */
function withoutCredentials(request: Request): Request {
  const url = new URL(request.url);
  url.searchParams.delete("token");
  url.searchParams.delete("ticket");
  const clean = new Request(url, request);
  clean.headers.delete("authorization");
  clean.headers.delete("cf-access-jwt-assertion");
  return clean;
}

/** Adds the agents' own sockets, at the addresses where the agents SDK looks for them. */
export function agentSocketRoutes(app: Api): void {
  app.get("/agents/:class/:id", async (c, next) => {
    const agentId = socketAgentId(c.req.path);
    // The console's pages of an agent may stand at the same address.
    if (agentId === null || !isUpgrade(c.req.raw.headers)) return next();
    const { identity } = await identityFromUpgrade(c.req.raw, c.env, c.executionCtx);
    return openSocket(c.env, agentId, identity, withoutCredentials(c.req.raw));
  });
}
