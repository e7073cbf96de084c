import { newId } from "@orrery/protocol";
import type { MiddlewareHandler } from "hono";
import { log, setLogLevel } from "../observability/index.ts";
import type { AppEnv } from "../security/index.ts";
import { addCorsHeaders, isPreflight, preflightResponse } from "./cors.ts";
import { addApiHeaders } from "./security-headers.ts";
import { isForServer, serverResponse } from "./whole-server.ts";

/** A caller's own id is kept where it is harmless, so that its log and ours can be read together. */
const requestIdOf = (headers: Headers): string => {
  const given = headers.get("x-request-id");
  return given !== null && /^[\w.-]{8,128}$/.test(given) ? given : newId();
};

/** Answers that came from elsewhere cannot be changed; a copy of their head can. */
function withChangeableHeaders(response: Response): Response {
  try {
    response.headers.set("x-content-type-options", "nosniff");
    return response;
  } catch {
    return new Response(response.body, response);
  }
}

const configured = new WeakSet<Env>();

function configureOnce(env: Env): void {
  if (configured.has(env)) return;
  configured.add(env);
  setLogLevel(env.LOG_LEVEL);
}

/**
 * The outermost middleware of everything but the console's files: gives the request its id, answers
 * preflights, and puts on every answer the headers that all answers have.
 */
export const frame: MiddlewareHandler<AppEnv> = async (c, next) => {
  configureOnce(c.env);
  const request = c.req.raw;
  const started = log.writes("debug") ? performance.now() : 0;
  const requestId = requestIdOf(request.headers);
  c.set("requestId", requestId);
  const forServer = isForServer(request);
  if (forServer) c.res = serverResponse(request);
  else if (isPreflight(request)) c.res = preflightResponse(request, c.env.CORS_ORIGINS);
  else await next();
  const answer = c.res;
  // A socket's answer belongs to the runtime: a copy of it would have no socket.
  if (answer.status !== 101) {
    const response = withChangeableHeaders(answer);
    response.headers.set("x-request-id", requestId);
    addApiHeaders(response.headers, request.url);
    if (!forServer) addCorsHeaders(response.headers, request, c.env.CORS_ORIGINS);
    if (response !== answer) {
      // Hono would otherwise copy the old head onto the new one.
      c.res = undefined;
      c.res = response;
    }
  }
  if (log.writes("debug")) {
    log.debug("http.answered", {
      requestId,
      method: request.method,
      path: c.req.path,
      status: answer.status,
      milliseconds: performance.now() - started,
    });
  }
};
