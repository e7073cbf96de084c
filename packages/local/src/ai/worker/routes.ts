/**
 * What the class `Ai` of workerd asks of the service behind it.
 * Source: https://github.com/cloudflare/workerd/blob/main/src/cloudflare/internal/ai-api.ts
 */
import * as z from "zod/mini";
import { responseOf } from "./answer.ts";
import { AIError, apiError } from "./errors.ts";
import { callGateway } from "./gateway/call.ts";
import { optionsOf, withHeaders } from "./gateway/gateway-options.ts";
import { chatEndpointOf } from "./gateway/providers.ts";
import { contextOf, gatewayRoutes, universal } from "./gateway/routes.ts";
import type { Caller } from "./gateway/routes.ts";
import type { Step } from "./gateway/step.ts";
import { parseInputs, parseJson, readText } from "./inputs.ts";
import { convertRoutes } from "./markdown/routes.ts";
import { searchModels } from "./models/search.ts";
import { runModel } from "./run.ts";

const RunBody = z.object({
  inputs: z.unknown(),
  options: z._default(
    z.looseObject({
      gateway: z.optional(z.nullable(z.looseObject({ id: z.optional(z.string()) }))),
      queueRequest: z.optional(z.boolean()),
    }),
    {},
  ),
});

type RunOptions = z.output<typeof RunBody>["options"];

/** JSON with the inputs in it; or one input as the body itself, with the others in the query. */
async function readInputs(request: Request, url: URL): Promise<z.output<typeof RunBody>> {
  const type = request.headers.get("content-type") ?? "";
  if (type.startsWith("application/json")) {
    return parseInputs(RunBody, parseJson(await readText(request.body), "the body"));
  }
  const rest = parseJson(url.searchParams.get("userInputs") ?? "{}", "userInputs");
  const inputs = typeof rest === "object" && rest !== null ? { ...rest } : {};
  if (type.startsWith("multipart/form-data")) {
    return { inputs: { ...inputs, ...formInputs(await request.formData()) }, options: {} };
  }
  await request.body?.cancel();
  return { inputs, options: {} };
}

const numeric = new Set(["width", "height", "steps", "num_steps", "seed", "guidance", "strength"]);

/** Text fields of a form; files of it are pictures to begin from, which nothing here takes. */
const formInputs = (form: FormData): Record<string, unknown> =>
  Object.fromEntries(
    [...form].flatMap(([name, value]) =>
      typeof value === "string" ? [[name, numeric.has(name) ? Number(value) : value]] : [],
    ),
  );

async function run(request: Request, url: URL, caller: Caller): Promise<Response> {
  const name = request.headers.get("cf-consn-model-id");
  if (name === null || name === "") throw new AIError(3003, "Request is missing headers or body: the model");
  if (request.headers.get("upgrade") === "websocket") {
    throw new AIError(5007, `No such model ${name} or task: no model on this machine speaks over WebSockets`);
  }
  const { inputs, options } = await readInputs(request, url);
  if (options.queueRequest === true) {
    throw new AIError(5007, `No such model ${name} or task: nothing on this machine queues requests`);
  }
  const isCatalogName = !name.startsWith("@") && name.includes("/");
  if (options.gateway?.id === undefined && !isCatalogName) {
    return responseOf(await runModel(name, inputs, caller.env.SETTINGS, caller.signal));
  }
  return throughGateway(name, inputs, options, request, caller);
}

function throughGateway(
  name: string,
  inputs: unknown,
  given: RunOptions,
  request: Request,
  caller: Caller,
): Promise<Response> {
  const { id, options } = optionsOf(given.gateway ?? {});
  const step: Step = {
    ...targetOf(name, inputs, caller),
    method: "POST",
    headers: new Headers({ "content-type": "application/json" }),
    options: withHeaders(request.headers, options),
  };
  return callGateway([step], contextOf(id, caller));
}

/** `@cf/…` is served here; `<author>/<model>` is a provider's, by its OpenAI-compatible endpoint. */
function targetOf(
  name: string,
  inputs: unknown,
  { env }: Caller,
): Pick<Step, "provider" | "endpoint" | "body"> {
  if (name.startsWith("@")) return { provider: "workers-ai", endpoint: name, body: JSON.stringify(inputs) };
  const [provider = "", ...rest] = name.split("/");
  const endpoint = chatEndpointOf(provider, env.SETTINGS);
  if (endpoint === null || provider === "dynamic") {
    throw new AIError(5007, `No such model ${name} or task`);
  }
  const body = JSON.stringify({ ...(typeof inputs === "object" ? inputs : {}), model: rest.join("/") });
  return { provider, endpoint, body };
}

/** @throws AIError */
export function bindingRoutes(request: Request, caller: Caller): Promise<Response> | Response {
  const url = new URL(request.url);
  const path = url.pathname;
  if (path === "/run" || path === "/ai-gateway/run") return run(request, url, caller);
  if (path === "/ai-api/models/search") return searchModels(url.searchParams, caller.env.SETTINGS);
  if (path.startsWith("/to-everything/markdown/")) return convertRoutes(path, request, caller.env);
  const [, area, kind, id, ...rest] = path.split("/");
  if (area === "ai-gateway" && id !== undefined) {
    const name = decodeURIComponent(kind === "universal" ? (rest[0] ?? "") : id);
    if (kind === "universal") return universal(name, request, caller);
    if (kind === "gateways") return gatewayRoutes(name, rest.join("/") + url.search, request, caller);
  }
  if (area === "autorag") return apiError(501, 7001, noAISearch);
  return apiError(404, 7003, `Nothing on this machine serves ${path}`);
}

export const noAISearch = "AI Search has no local form: it needs Cloudflare's indexes";
