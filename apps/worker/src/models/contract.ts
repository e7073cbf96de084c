/**
 * The contract between agents and language models. No implementation lives here.
 *
 * At its edges stand the AI SDK's types: messages are `ModelMessage`s, and any `LanguageModelV4` can be
 * a provider. Inside, a step is an async generator of small events: on workerd that costs 0.2 µs an item
 * where a web stream's transform costs 7 µs.
 */
import type { ModelMessage } from "ai";
import type { ErrorCode, FinishReason, Model, ModelKind } from "@orrery/protocol";

/** A tool as a model sees it. `inputSchema` is JSON Schema (draft 2020-12 subset). */
export interface ModelTool {
  name: string;
  description: string;
  inputSchema: Record<string, unknown>;
}

/** One step of a model: everything it reads. */
export interface ModelRequest {
  /** A catalog id, alias or `provider/model`. */
  model: string;
  system?: string;
  messages: ModelMessage[];
  tools: ModelTool[];
  /** 0 to 2; adapted to the provider's own range. */
  temperature: number;
  maxTokens: number;
  signal: AbortSignal;
  /** Epoch milliseconds after which the step fails with `upstream_timeout`. */
  deadline: number;
  providerOptions?: Record<string, Record<string, unknown>>;
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

  constructor(
    code: ModelError["code"],
    message: string,
    options: { retryable: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = "ModelError";
    this.code = code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A request after the gateway resolved it: `model` is the provider's own name for the model. */
export type ProviderRequest = Omit<ModelRequest, "deadline">;

/** What a provider reports at the end; the gateway adds cost and catalog id. */
export type ProviderEvent =
  | Exclude<ModelEvent, { type: "finish" }>
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
}

/** What the rest of the platform sees of models. */
export interface ModelGateway {
  /**
   * Runs one step. Before the first event, retryable failures are retried by one policy; after it, a
   * failure is thrown as it is, since what was yielded cannot be taken back.
   * @throws ModelError
   */
  step(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined>;
  /** The catalog with what can be used now, and why the rest cannot. */
  list(): Promise<Model[]>;
  /**
   * Checks a model's name when an agent is saved: known, of this kind, and within the model's limits.
   * Returns the catalog entry, or the sentence to show beside the field.
   */
  check(name: string, kind: ModelKind): { model: Model } | { problem: string };
}
