import type { AISettings } from "../../options.ts";
import { apiError } from "../errors.ts";
import { chatEndpointOf, destinationOf } from "./providers.ts";
import { fieldsOf } from "./step.ts";
import type { Step } from "./step.ts";
import { askWorkersAI } from "./workers-ai.ts";

/** Headers of the gateway, of the connection, and those by which proxies are known, are not for the provider. */
const notForwarded =
  /^(?:cf-.*|host|connection|content-length|accept-encoding|transfer-encoding|keep-alive|upgrade|expect|te|trailer|x-forwarded-.*|x-real-ip)$/;

/** Forwards a step to its provider: Workers AI here, the others at their own or their configured address. */
export async function askProvider(step: Step, settings: AISettings, signal: AbortSignal): Promise<Response> {
  const target = step.provider === "compat" ? compatible(step, settings) : step;
  if (target === null) {
    return apiError(
      400,
      2008,
      "The model of a compat request is named <provider>/<model>, and no such provider is known",
    );
  }
  if (target.provider === "workers-ai") return askWorkersAI(target, settings, signal);
  const destination = destinationOf(target.provider, target.endpoint, settings);
  if (destination === null) {
    return apiError(
      400,
      2008,
      `Invalid provider ${target.provider}: give its baseUrl in the options of the binding`,
    );
  }
  const headers = new Headers();
  for (const [name, value] of target.headers) if (!notForwarded.test(name)) headers.set(name, value);
  const { header, prefix } = destination.credential;
  if (destination.apiKey !== null && !headers.has(header) && !headers.has("authorization")) {
    headers.set(header, prefix + destination.apiKey);
  }
  return fetch(destination.url, {
    method: target.method,
    headers,
    body: target.method === "GET" || target.method === "HEAD" ? null : target.body,
    redirect: "manual",
    signal,
  });
}

/** OpenAI's form for every provider: `{"model": "<provider>/<model>", …}`. Null for a provider without it. */
function compatible(step: Step, settings: AISettings): Step | null {
  const fields = fieldsOf(step.body);
  const [provider = "", ...rest] = (typeof fields["model"] === "string" ? fields["model"] : "").split("/");
  const model = rest.join("/");
  if (provider === "" || model === "") return null;
  const body = JSON.stringify({ ...fields, model });
  if (provider === "workers-ai") return { ...step, provider, endpoint: "v1/chat/completions", body };
  const endpoint = chatEndpointOf(provider, settings);
  return endpoint === null ? null : { ...step, provider, endpoint, body };
}
