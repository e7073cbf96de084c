import { OrreryError } from "@orrery/protocol";
import { problemResponse } from "./problems.ts";

const methods = "GET, POST, PUT, PATCH, DELETE";
const requestHeaders = [
  "Authorization",
  "Cache-Control",
  "Content-Type",
  "Idempotency-Key",
  "If-Match",
  "If-None-Match",
  "Last-Event-ID",
  "Prefer",
  "X-Request-Id",
].join(", ");
const exposed = [
  "Allow",
  "Content-Disposition",
  "Content-Location",
  "ETag",
  "Idempotency-Replayed",
  "Location",
  "Preference-Applied",
  "Retry-After",
  "WWW-Authenticate",
  "X-Request-Id",
  "x-vercel-ai-ui-message-stream",
].join(", ");

/** Seconds that a browser may remember a preflight: the most that Chromium honours. */
const remember = "7200";

const lists = new Map<string, ReadonlySet<string>>();

/** Reads `CORS_ORIGINS` once. Origins are compared as browsers write them; `*` and `null` never match. */
function allowed(text: string): ReadonlySet<string> {
  const known = lists.get(text);
  if (known !== undefined) return known;
  const origins = new Set(
    text
      .split(",")
      .map((origin) => origin.trim().toLowerCase().replace(/\/$/, ""))
      .filter((origin) => /^[a-z][a-z0-9+.-]*:\/\/[^/*]+$/.test(origin)),
  );
  lists.set(text, origins);
  return origins;
}

/** Whether a page of `origin` may call: one of ours, or one that `CORS_ORIGINS` names. */
export const originAllowed = (origin: string, url: string, list: string | undefined): boolean =>
  origin === new URL(url).origin || allowed(list ?? "").has(origin);

/** Adds what lets a page of another origin read the answer, where it may. */
export function addCorsHeaders(headers: Headers, request: Request, list: string | undefined): void {
  headers.append("vary", "Origin");
  const origin = request.headers.get("origin");
  if (origin === null || !originAllowed(origin, request.url, list)) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", exposed);
}

export const isPreflight = (request: Request): boolean =>
  request.method === "OPTIONS" &&
  request.headers.has("origin") &&
  request.headers.has("access-control-request-method");

/** The answer to a preflight. No cookies are ever asked for: tokens travel in a header. */
export function preflightResponse(request: Request, list: string | undefined): Response {
  const origin = request.headers.get("origin") ?? "";
  if (!originAllowed(origin, request.url, list)) {
    return problemResponse(
      new OrreryError("forbidden", "Pages of this origin may not call: CORS_ORIGINS does not name it"),
      request,
    );
  }
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": methods,
      "access-control-allow-headers": requestHeaders,
      "access-control-max-age": remember,
    },
  });
}
