import { OrreryError } from "@orrery/protocol";
import type { MiddlewareHandler } from "hono";
import { openSocket, socketAgentId } from "../agents/index.ts";
import {
  type Api,
  type AppEnv,
  authenticate,
  isUpgrade,
  openByAddress,
  rateLimit,
} from "../security/index.ts";
import { consoleResponse } from "./assets.ts";

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

/** The console's page of an agent may stand at the same address as its socket. */
const pageUnlessUpgrade: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (!isUpgrade(c.req.raw.headers)) return consoleResponse(c.req.raw, c.env);
  return next();
};

/** Adds the agents' own sockets, at the addresses where the agents SDK looks for them. */
export function agentSocketRoutes(app: Api): void {
  app.get("/agents/:class/:id", pageUnlessUpgrade, openByAddress, authenticate, rateLimit, (c) => {
    const agentId = socketAgentId(c.req.path);
    if (agentId === null) throw new OrreryError("not_found", "No agent has such an address");
    return openSocket(c.env, agentId, c.var.identity, withoutCredentials(c.req.raw));
  });
}
