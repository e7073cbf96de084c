import type {
  EmbedRequest,
  EmbedResult,
  GenerateChunk,
  GenerateRequest,
  GenerateResult,
  GeneratedImage,
  ImageRequest,
  Model,
  ModelCacheCounts,
  RouteDecision,
  RouteRequest,
  WorkspacePolicy,
} from "@orrery/protocol";
import { readGeneration } from "./generation-stream.ts";
import type { RequestOptions, Transport, WriteOptions } from "./transport.ts";

/** What a model is asked directly, without an agent. */
export type Generation = Omit<GenerateRequest, "stream">;

/** The catalog, and models asked without an agent. Without `timeoutMs`, a model has all the time it takes. */
export interface Models {
  /** The whole catalog, with what can be used now and why the rest cannot. */
  list(options?: RequestOptions): Promise<Model[]>;
  /** Which model would be chosen now, and why. Nothing is asked of it, and nothing spent. */
  route(question: RouteRequest, options?: RequestOptions): Promise<RouteDecision>;
  /** A text, or with `schema` an object that follows it. */
  generate(request: Generation, options?: WriteOptions): Promise<GenerateResult>;
  /**
   * The chunks of a text as it is written. It is asked for once: what breaks off is not asked for again.
   * Leaving the loop ends the answer.
   */
  stream(
    request: Omit<Generation, "schema">,
    options?: RequestOptions,
  ): AsyncGenerator<GenerateChunk, void, undefined>;
  /** One vector for each value, in order. */
  embed(request: EmbedRequest, options?: WriteOptions): Promise<EmbedResult>;
  /** Makes an image and stores it; its address is signed and needs no token. */
  image(request: ImageRequest, options?: WriteOptions): Promise<GeneratedImage>;
  /** What the workspace asks of all model calls of its agents. */
  policy(options?: RequestOptions): Promise<WorkspacePolicy>;
  /** Replaces the workspace's policy. Needs `admin`. */
  setPolicy(policy: WorkspacePolicy, options?: WriteOptions): Promise<WorkspacePolicy>;
  /** What the workspace's cache of answers holds, and how often one was given again. */
  cache(options?: RequestOptions): Promise<ModelCacheCounts>;
  /** Forgets every answer that the workspace has cached. Needs `admin`. */
  clearCache(options?: WriteOptions): Promise<void>;
}

const root = "/api/v1/models";

export function createModels(transport: Transport): Models {
  const ask = <Answer>(path: string, body: unknown, options: RequestOptions | undefined): Promise<Answer> =>
    transport.json({ timeoutMs: 0, ...options, method: "POST", path: `${root}/${path}`, body });

  return {
    list: async (options) => {
      const answer = await transport.json<{ items: Model[] }>({ ...options, path: root });
      return answer.items;
    },
    route: (question, options) =>
      transport.json({ ...options, method: "POST", path: `${root}/route`, body: question }),
    generate: (request, options) => ask("generate", request, options),
    stream: (request, options) =>
      readGeneration(transport, {
        timeoutMs: 0,
        ...options,
        method: "POST",
        path: `${root}/generate`,
        body: { ...request, stream: true },
      }),
    embed: (request, options) => ask("embed", request, options),
    image: (request, options) => ask("images", request, options),
    policy: (options) => transport.json({ ...options, path: `${root}/policy` }),
    setPolicy: (policy, options) =>
      transport.json({ ...options, method: "PUT", path: `${root}/policy`, body: policy }),
    cache: (options) => transport.json({ ...options, path: `${root}/cache` }),
    clearCache: (options) => transport.none({ ...options, method: "DELETE", path: `${root}/cache` }),
  };
}
