/** The worker behind the binding `Ai` and behind the gateway's HTTP address. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { AIEnv } from "./env.ts";
import { apiError, toResponse } from "./errors.ts";
import { GatewayTarget } from "./gateway/gateway-target.ts";
import { publicRoutes } from "./gateway/routes.ts";
import type { Caller } from "./gateway/routes.ts";
import { bindingRoutes, noAISearch } from "./routes.ts";

export { GatewayObject } from "./gateway/gateway-object.ts";

/** Behind the binding. Besides `fetch`, methods that the class `Ai` calls by RPC. */
export class AIService extends WorkerEntrypoint<AIEnv> {
  override async fetch(request: Request): Promise<Response> {
    try {
      return await bindingRoutes(request, this.#caller(request.signal));
    } catch (error) {
      return toResponse(error);
    }
  }

  gateway(id: string): GatewayTarget {
    return new GatewayTarget(id, this.#caller(new AbortController().signal));
  }

  aiSearch(): never {
    throw new Error(noAISearch);
  }

  autorag(): never {
    throw new Error(noAISearch);
  }

  websearch(): never {
    throw new Error("Web search has no local form");
  }

  #caller(signal: AbortSignal): Caller {
    return { env: this.env, signal, waitUntil: (work) => this.ctx.waitUntil(work) };
  }
}

/** What a page in a browser on this machine must not reach: stored keys would be spent by any web site. */
const isFromPage = (request: Request): boolean => {
  const { hostname } = new URL(request.url);
  const site = request.headers.get("sec-fetch-site");
  return (
    !["127.0.0.1", "localhost", "[::1]"].includes(hostname) ||
    request.headers.has("origin") ||
    (site !== null && site !== "none" && site !== "same-origin")
  );
};

/** The gateway's HTTP address, for programs of this machine. */
export class GatewayServer extends WorkerEntrypoint<AIEnv> {
  override async fetch(request: Request): Promise<Response> {
    if (isFromPage(request)) return apiError(403, 7001, "Pages in a browser may not use this address");
    try {
      return await publicRoutes(request, {
        env: this.env,
        signal: request.signal,
        waitUntil: (work) => this.ctx.waitUntil(work),
      });
    } catch (error) {
      return toResponse(error);
    }
  }
}
