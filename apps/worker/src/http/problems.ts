import { type ErrorCode, OrreryError, errorStatus } from "@orrery/protocol";
import type { Hook } from "@hono/zod-openapi";
import type { Context, ErrorHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { log } from "../observability/index.ts";
import type { AppEnv } from "../security/index.ts";
import { toFieldErrors } from "./schema-errors.ts";

/** What a caller is told of a defect of ours; the log knows the rest, by the request's id. */
const internalDetail = "The request failed for a reason that is ours; its X-Request-Id names it in the log";

const codeOfStatus = new Map<number, ErrorCode>(
  (Object.keys(errorStatus) as ErrorCode[]).map((code) => [errorStatus[code], code]),
);

/** Whatever was thrown, as the one kind of error that has a place on the wire. */
export function toOrreryError(error: Error): OrreryError {
  if (error instanceof OrreryError) return error;
  if (error instanceof HTTPException) {
    const code = codeOfStatus.get(error.status) ?? (error.status < 500 ? "invalid_request" : "internal");
    return new OrreryError(code, error.message, { cause: error });
  }
  return new OrreryError("internal", internalDetail, { cause: error });
}

/** RFC 6750 §3: how to authenticate, and whether it was the token or its absence. */
function challenge(error: OrreryError, request: Request): string | null {
  const realm = 'Bearer realm="orrery"';
  if (error.code === "forbidden") return `${realm}, error="insufficient_scope"`;
  if (error.code !== "unauthenticated") return null;
  return request.headers.has("authorization") ? `${realm}, error="invalid_token"` : realm;
}

/** The answer that says what went wrong. */
export function problemResponse(error: OrreryError, request: Request, extra?: HeadersInit): Response {
  const shown = error.code === "internal" ? new OrreryError("internal", internalDetail) : error;
  const headers = new Headers(extra);
  headers.set("content-type", "application/problem+json");
  headers.set("cache-control", "no-store");
  if (error.retryAfter !== undefined) headers.set("retry-after", String(Math.ceil(error.retryAfter)));
  const authenticate = challenge(error, request);
  if (authenticate !== null) headers.set("www-authenticate", authenticate);
  // The path alone: a query may hold a token. `OPTIONS *` has none.
  const problem = shown.toProblem(URL.parse(request.url)?.pathname ?? "*");
  return new Response(JSON.stringify(problem), { status: error.status, headers });
}

function report(error: OrreryError, c: Context<AppEnv>): void {
  if (error.status < 500) return;
  const fields = {
    requestId: c.var.requestId,
    method: c.req.method,
    path: c.req.path,
    error: error.cause ?? error,
  };
  if (error.code === "internal") log.error("http.failed", fields);
  else log.warn("http.upstream-failed", fields);
}

/** Hono's error handler: every thrown error becomes a problem. */
export const onError: ErrorHandler<AppEnv> = (thrown, c) => {
  const error = toOrreryError(thrown);
  report(error, c);
  return problemResponse(error, c.req.raw);
};

/**
 * What the router does with a request that a route's schema refuses: 422 with the fields that are wrong;
 * 404 where it is the path, since nothing can stand there.
 */
export const refuseInvalid: Hook<unknown, AppEnv, string, void> = (result) => {
  if (result.success) return;
  if (result.target === "param") throw new OrreryError("not_found", "Nothing can have such an address");
  const where = result.target === "json" ? "body" : result.target;
  throw new OrreryError("invalid_request", `The request's ${where} is not what this route takes`, {
    status: 422,
    errors: toFieldErrors(result.error),
    cause: result.error,
  });
};
