/** The gateway by RPC, as Workers with the `experimental` flag ask for it. */
import { RpcTarget } from "cloudflare:workers";
import { contextOf, parsePatch, shown, universal, urlOf } from "./routes.ts";
import type { Caller } from "./routes.ts";

class LogNotFound extends Error {
  override readonly name = "AiGatewayLogNotFound";
}

export class GatewayTarget extends RpcTarget {
  readonly #id: string;
  readonly #caller: Caller;

  constructor(id: string, caller: Caller) {
    super();
    this.#id = id;
    this.#caller = caller;
  }

  getUrl(provider = "universal"): string {
    return urlOf(this.#caller.env, this.#id, provider);
  }

  async getLog(logId: string): Promise<object> {
    const entry = await contextOf(this.#id, this.#caller).object.find(logId);
    if (entry === null) throw new LogNotFound("Log Not Found");
    return { ...shown(entry), created_at: new Date(entry.created_at) };
  }

  async patchLog(logId: string, patch: unknown): Promise<void> {
    const { object } = contextOf(this.#id, this.#caller);
    if (!(await object.patch(logId, parsePatch(patch)))) throw new LogNotFound("Log Not Found");
  }

  run(requests: unknown, options: { extraHeaders?: Record<string, string> } = {}): Promise<Response> {
    const request = new Request("https://workers-binding.ai/", {
      method: "POST",
      headers: { ...options.extraHeaders, "content-type": "application/json" },
      body: JSON.stringify(requests),
    });
    return universal(this.#id, request, this.#caller);
  }
}
