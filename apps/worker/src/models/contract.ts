/**
 * The contract between agents and language models. No implementation lives here.
 *
 * At its edges stand the AI SDK's types: messages are `ModelMessage`s, and any `LanguageModelV4` can be
 * a provider. Inside, a step is an async generator of small events: on workerd that costs 0.2 µs an item
 * where a web stream's transform costs 7 µs.
 */
import type { ModelMessage } from "ai";
import type {
  ErrorCode,
  FilterFinding,
  FinishReason,
  Model,
  ModelCall,
  ModelKind,
  ModelPolicy,
  RouteDecision,
  RouteRequest,
  RouteTask,
} from "@orrery/protocol";
import type { z } from "zod";
import type { HeaderQueue } from "./wire/header-queue.ts";

/** A tool as a model sees it. `inputSchema` is JSON Schema (draft 2020-12 subset). */
export interface ModelTool {
  name: string;
  description: string;
  inputSchema: Record<string, unknown>;
  /** Answers that may call a tool which acts (anything but `read`) are never cached. */
  effect: "read" | "repeatable" | "once";
}

/** On whose account a call is made, and where. */
export interface Caller {
  workspaceId: string;
  agentId?: string;
  sessionId?: string;
  /** With it, whoever runs the execution keeps the call's record and settles it; without, the gateway does. */
  executionId?: string;
  /** The first agent of the tree of agents that spends; the agent itself where nobody made it. */
  treeId?: string;
  /** Cloudflare's data centre, or `local`: latency is measured apart in each. */
  location: string;
}

/** What the calls of one I/O context share, which is a request or a Durable Object. */
export interface EmbedBatches {
  /** Gathers embeddings. */
  embed(provider: Provider, request: ProviderEmbedRequest): Promise<ProviderEmbeddings>;
  /** Where its requests to providers wait for their turn. */
  readonly headers: HeaderQueue;
}

/** What every call of the gateway carries. */
export interface CallContext {
  /**
   * Names what is asked for ever: the same after a crash and a retry, so that it is charged once. Calls to
   * providers are named `<callId>/<n>`.
   */
  callId: string;
  caller: Caller;
  /** The agent's own; the workspace's is added by the gateway. */
  policy: ModelPolicy;
  signal: AbortSignal;
  /** Epoch milliseconds after which the call fails with `upstream_timeout`. */
  deadline: number;
  /** Neither answers from the cache nor fills it: the caller said `Cache-Control: no-cache`. */
  noCache?: boolean;
  /** Joins embeddings that are wanted within a few milliseconds of each other; the caller's own, see there. */
  batches?: EmbedBatches;
}

/** The answer is JSON that follows a schema. */
export interface ResponseFormat {
  /** For providers that ask for one: letters, digits and underscores. */
  name: string;
  schema: Record<string, unknown>;
}

/** One step of a model: everything it reads. */
export interface ModelRequest extends CallContext {
  /** A catalog id, alias, `provider/model`, or routing name. */
  model: string;
  /** What `auto` chooses for; a routing name's own task comes first. */
  task?: RouteTask;
  system?: string;
  messages: ModelMessage[];
  tools: ModelTool[];
  /** 0 to 2; adapted to the provider's own range. */
  temperature: number;
  maxTokens: number;
  responseFormat?: ResponseFormat;
}

export interface ModelUsage {
  inputTokens: number;
  outputTokens: number;
  /** Micro-dollars, from the catalog's prices; 0 where the price is unknown or nil. */
  costMicros: number;
  cached: boolean;
}

/** A verbatim quotation: characters `start` to `end` (UTF-16 units, end exclusive) of the document's text. */
export interface ModelSource {
  id: string;
  title: string;
  mediaType: string;
  start: number;
  end: number;
}

/**
 * What a provider wants back unchanged when the conversation is sent again (a signature over its
 * reasoning, say): put it on the same part of the message as `providerOptions`. Keyed by provider.
 */
export type ProviderMetadata = Record<string, Record<string, string>>;

/** What a step yields, in order; `finish` is the last and comes exactly once. */
export type ModelEvent =
  /** How the model was chosen; again where another had to take over. */
  | { type: "route"; decision: RouteDecision }
  /** A call to a provider has ended. Those that failed come too: they may have cost something. */
  | { type: "call"; call: ModelCall }
  /** What was yielded so far no longer holds: the step begins again, with another model. */
  | { type: "restart" }
  | { type: "filtered"; findings: FilterFinding[] }
  | { type: "text"; text: string }
  /** A piece of one reasoning part. A piece with `providerMetadata` ends its part; its text may be empty. */
  | { type: "reasoning"; text: string; providerMetadata?: ProviderMetadata }
  /** `input` is the parsed arguments, or the model's own text where that was not JSON. */
  | {
      type: "tool-call";
      id: string;
      name: string;
      input: unknown;
      providerMetadata?: ProviderMetadata;
    }
  | { type: "source"; source: ModelSource }
  | {
      type: "finish";
      reason: FinishReason;
      usage: ModelUsage;
      /** Catalog id (`provider/model`) of what really answered. */
      model: string;
      extractive: boolean;
    };

/**
 * A failed step. `retryable` says whether the same request may succeed later; `retryAfterMs` is the
 * upstream's own word on when. The message may be shown to the caller: it never holds a key or a body.
 */
export class ModelError extends Error {
  readonly code: Extract<
    ErrorCode,
    "invalid_request" | "upstream_failed" | "upstream_timeout" | "rate_limited" | "budget_exceeded"
  >;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** With `budget_exceeded`: what the budget would still allow. */
  readonly remainingMicros: number | undefined;

  constructor(
    code: ModelError["code"],
    message: string,
    options: { retryable: boolean; retryAfterMs?: number; remainingMicros?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = "ModelError";
    this.code = code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.remainingMicros = options.remainingMicros;
  }
}

/** A request after the gateway resolved it: `model` is the provider's own name for the model. */
export interface ProviderRequest {
  model: string;
  system?: string;
  messages: ModelMessage[];
  tools: ModelTool[];
  /** 0 to 2; adapted to the provider's own range. */
  temperature: number;
  maxTokens: number;
  signal: AbortSignal;
  /** To be called when the headers of the answer have come, or will not come any more. */
  answered?: () => void;
  responseFormat?: ResponseFormat;
  /** This provider's own options, passed on as they are: those that it may be given. */
  providerOptions?: Record<string, unknown>;
  /**
   * The beginning of the answer, which another model wrote: goes on from there, without repeating it. Only
   * given to models whose catalog entry says `prefill`, and never with `responseFormat`: the wires that know
   * both refuse them together.
   */
  prefill?: string;
  /** An upstream's own cache is passed by, where it has one. */
  noCache?: boolean;
}

/** What Cloudflare's AI Gateway says of a call that went through it. */
export interface GatewayLog {
  /** Its name for its log of the call. */
  gatewayLogId?: string;
  /** True where it answered from its cache: no provider was asked, and none charges for it. */
  gatewayCached?: boolean;
}

/** What a provider reports at the end; the gateway adds cost and catalog id. */
export type ProviderEvent =
  | Extract<ModelEvent, { type: "text" | "reasoning" | "tool-call" | "source" }>
  /** What AI Gateway says of this call, before anything else of it comes. */
  | ({ type: "log" } & GatewayLog)
  | {
      type: "finish";
      reason: FinishReason;
      usage: { inputTokens: number; outputTokens: number };
      model?: string;
    };

/** One upstream. `stream` throws {@link ModelError} and stops promptly when `signal` aborts. */
export interface Provider {
  readonly name: string;
  readonly extractive: boolean;
  /** Null when it can be used, else why not and what to do about it. */
  unavailable(): string | null;
  stream(request: ProviderRequest): AsyncGenerator<ProviderEvent, void, undefined>;
  /** Absent where the provider has no embeddings. Throws {@link ModelError}. */
  embed?(request: ProviderEmbedRequest): Promise<ProviderEmbeddings>;
  /** Absent where the provider makes no images. Throws {@link ModelError}. */
  image?(request: ProviderImageRequest): Promise<ProviderImage>;
  /** Texts that one call of `embed` takes at most; 96 where absent. */
  readonly embedBatch?: number;
}

export interface ProviderEmbedRequest {
  model: string;
  values: string[];
  signal: AbortSignal;
  /** As for {@link ProviderRequest}. */
  answered?: () => void;
}

export interface ProviderEmbeddings extends GatewayLog {
  /** One for each value, in order. */
  embeddings: number[][];
  /** 0 where the provider does not say. */
  inputTokens: number;
}

export interface ProviderImageRequest {
  model: string;
  prompt: string;
  /** Pixels; the provider's own where absent, and the nearest it has where it has not this size. */
  width?: number;
  height?: number;
  /** Same seed and prompt, same image, where the provider can. */
  seed?: number;
  signal: AbortSignal;
  /** As for {@link ProviderRequest}. */
  answered?: () => void;
}

export interface ProviderImage extends GatewayLog {
  bytes: Uint8Array;
  mediaType: string;
  inputTokens?: number;
  outputTokens?: number;
}

/** Texts to embed; all by one model. */
export interface EmbedCall extends CallContext {
  model: string;
  values: string[];
}

export interface Embeddings {
  model: string;
  embeddings: number[][];
  calls: ModelCall[];
}

export interface ImageCall extends CallContext {
  model: string;
  prompt: string;
  width?: number;
  height?: number;
  seed?: number;
}

export interface ImageMade {
  model: string;
  bytes: Uint8Array;
  mediaType: string;
  calls: ModelCall[];
}

/** A step whose answer is an object that follows a schema. */
export interface ObjectCall extends Omit<ModelRequest, "tools" | "responseFormat"> {
  responseFormat: ResponseFormat;
}

export interface ObjectMade {
  object: unknown;
  /** The text that the object was read from. */
  text: string;
  model: string;
  extractive: boolean;
  route: RouteDecision | null;
  calls: ModelCall[];
  filtered: FilterFinding[];
}

/** A request whose choice of a model is to be explained. */
export interface RouteCall {
  request: z.output<typeof RouteRequest>;
  workspaceId: string;
  location: string;
}

/** What the rest of the platform sees of models. */
export interface ModelGateway {
  /**
   * Runs one step. Failures that may pass are retried; a model that fails for good is followed by the next
   * fallback, which goes on from what was yielded, or begins again after a `restart`.
   * @throws ModelError
   */
  step(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined>;
  /** @throws ModelError */
  embed(call: EmbedCall): Promise<Embeddings>;
  /** @throws ModelError */
  image(call: ImageCall): Promise<ImageMade>;
  /**
   * An object that follows the schema. An answer that does not is sent back once, with what is wrong with it.
   * @throws ModelError `upstream_failed` where the second does not follow it either
   */
  object(call: ObjectCall): Promise<ObjectMade>;
  /** The catalog with what can be used now, why the rest cannot, and what was measured. */
  list(): Promise<Model[]>;
  /** What is wrong with the configuration of models, one sentence each. */
  problems(): readonly string[];
  /**
   * Which model would be chosen now, and why; nothing is asked of it.
   * @throws ModelError with the sentence that says what to change
   */
  route(call: RouteCall): Promise<RouteDecision>;
  /**
   * Checks a model's name when an agent is saved: known, of this kind, and within the model's limits.
   * Returns the catalog entry, or the sentence to show beside the field.
   */
  check(name: string, kind: ModelKind): { model: Model } | { problem: string };
}
