/** The paths of AI Gateway: those that the binding asks for, and those of the HTTP address. */
import * as z from "zod/mini";
import type { AIEnv } from "../env.ts";
import { apiError } from "../errors.ts";
import { maxBodyBytes, parseInputs, parseJson, readText } from "../inputs.ts";
import { callGateway } from "./call.ts";
import type { GatewayContext } from "./call.ts";
import type { LogEntry, LogPatch } from "./gateway-object.ts";
import { withHeaders } from "./gateway-options.ts";
import type { Step } from "./step.ts";

/** Of an address on this machine there is one account. */
const account = "local";

export interface Caller {
  env: AIEnv;
  signal: AbortSignal;
  waitUntil: (work: Promise<unknown>) => void;
}

export const contextOf = (id: string, { env, signal, waitUntil }: Caller): GatewayContext => ({
  settings: env.SETTINGS,
  object: env.GATEWAYS.getByName(id),
  signal,
  waitUntil,
});

/** The address of a gateway, or of a provider behind it, on this machine. */
export const urlOf = (env: AIEnv, id: string, provider: string): string =>
  `${env.SETTINGS.url}/v1/${account}/${encodeURIComponent(id)}${provider === "universal" ? "" : `/${provider}`}`;

const UniversalRequest = z.object({
  provider: z.string().check(z.minLength(1)),
  endpoint: z.string(),
  headers: z._default(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])), {}),
  query: z.unknown(),
});
const UniversalRequests = z.array(UniversalRequest).check(z.minLength(1));

/** Providers in their order, until one succeeds. */
export async function universal(id: string, request: Request, caller: Caller): Promise<Response> {
  const given = parseJson(await readText(request.body), "the body");
  const requests = parseInputs(UniversalRequests, Array.isArray(given) ? given : [given]);
  const options = withHeaders(request.headers);
  const steps = requests.map(({ provider, endpoint, headers, query }): Step => {
    const own = new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    if (!own.has("content-type")) own.set("content-type", "application/json");
    return {
      provider,
      endpoint,
      method: "POST",
      headers: own,
      body: JSON.stringify(query ?? {}),
      options: withHeaders(own, options),
    };
  });
  return callGateway(steps, contextOf(id, caller));
}

/** A provider's own path, method, headers and body. */
export async function native(
  id: string,
  provider: string,
  endpoint: string,
  request: Request,
  caller: Caller,
): Promise<Response> {
  const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
  if (body !== null && body.byteLength > maxBodyBytes) return apiError(413, 3006, "Request is too large");
  const step: Step = {
    provider,
    endpoint,
    method: request.method,
    headers: new Headers(request.headers),
    body,
    options: withHeaders(request.headers),
  };
  return callGateway([step], contextOf(id, caller));
}

const Patch = z.object({
  score: z.optional(z.nullable(z.number().check(z.minimum(0), z.maximum(100)))),
  feedback: z.optional(z.nullable(z.union([z.literal(-1), z.literal(1)]))),
  metadata: z.optional(
    z.nullable(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))),
  ),
});

export const parsePatch = (given: unknown): LogPatch => parseInputs(Patch, given);

/** What has no value is left out, as the API does. */
export const shown = ({ score, feedback, metadata, ...entry }: LogEntry): object => ({
  ...entry,
  ...(metadata !== null && { metadata }),
  ...(score !== null && { score }),
  ...(feedback !== null && { feedback }),
});

async function logs(id: string, logId: string, request: Request, caller: Caller): Promise<Response> {
  const { object } = contextOf(id, caller);
  if (request.method === "PATCH") {
    const patch = parsePatch(parseJson(await readText(request.body), "the body"));
    if (await object.patch(logId, patch)) return Response.json({ success: true, result: {} });
    return apiError(404, 7002, "Log Not Found");
  }
  const entry = await object.find(logId);
  if (entry === null) return apiError(404, 7002, "Log Not Found");
  return Response.json({ success: true, result: shown(entry) });
}

/** What the binding asks for, under `/ai-gateway/gateways/{id}/`. */
export function gatewayRoutes(
  id: string,
  path: string,
  request: Request,
  caller: Caller,
): Promise<Response> | Response {
  const [first = "", ...rest] = path.split("/");
  const [second = ""] = rest;
  if (first === "url" && request.method === "GET") {
    return Response.json({ success: true, result: { url: urlOf(caller.env, id, rest.join("/")) } });
  }
  if (first === "logs") return logs(id, second, request, caller);
  if (first === "run" && rest[1]?.startsWith("resume")) {
    return apiError(404, 7002, "Runs are not kept on this machine: ask again instead of resuming");
  }
  return native(id, first, rest.join("/"), request, caller);
}

/** The HTTP address: `/v1/{account}/{gateway}`, universal, or `/v1/{account}/{gateway}/{provider}/…`. */
export function publicRoutes(request: Request, caller: Caller): Promise<Response> | Response {
  const url = new URL(request.url);
  const [, version, , id, provider, ...rest] = url.pathname.split("/");
  if (version !== "v1" || id === undefined || id === "") {
    return apiError(404, 7003, "The address of a gateway is /v1/{account}/{gateway}/{provider}/…");
  }
  const name = decodeURIComponent(id);
  if (provider === undefined || provider === "") {
    if (request.method !== "POST") return apiError(405, 7001, "Method not allowed");
    return universal(name, request, caller);
  }
  return native(name, provider, rest.join("/") + url.search, request, caller);
}
