/**
 * The answer stream: the AI SDK's UI message stream (v1) over SSE, one JSON chunk an event, each with
 * an `id:` by which a reader resumes, ended by `[DONE]`.
 * Source: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
 */

import type { FilterFinding, ModelCall, RouteDecision } from "./routing.ts";

/** Metadata on the first chunk of a stream, and on the stored assistant message. */
export interface TurnMetadata {
  executionId: string;
  sessionId: string;
  /** The model that answered; known at the end. */
  model?: string;
  /** True where the answer only quotes its sources. */
  extractive?: boolean;
  usage?: { inputTokens: number; outputTokens: number; costMicros: number; cached: boolean };
}

/** Metadata of an answer that was asked of a model directly: each field as soon as it is known, all at the end. */
export interface GenerateMetadata {
  /** The model that answered. */
  model?: string;
  extractive?: boolean;
  usage?: { inputTokens: number; outputTokens: number; costMicros: number; cached: boolean };
  /** How the model was chosen; the last choice, where another had to take over. */
  route?: RouteDecision;
  calls?: ModelCall[];
  /** What the output filter found. */
  filtered?: FilterFinding[];
}

/** What a step ended for, as the AI SDK names it. */
export type FinishReason = "stop" | "length" | "content-filter" | "tool-calls" | "error" | "other";

/** The chunks that Orrery sends: a subset of the AI SDK's `UIMessageChunk`, plus `data-restart`. */
export type MessageChunk<Metadata> =
  | { type: "start"; messageId: string; messageMetadata: Metadata }
  | { type: "start-step" }
  | { type: "text-start"; id: string }
  | { type: "text-delta"; id: string; delta: string }
  | { type: "text-end"; id: string }
  | { type: "reasoning-start"; id: string }
  | { type: "reasoning-delta"; id: string; delta: string }
  | { type: "reasoning-end"; id: string }
  | {
      type: "source-document";
      sourceId: string;
      mediaType: string;
      title: string;
      filename?: string;
      providerMetadata?: Record<string, Record<string, string | number>>;
    }
  | { type: "tool-input-available"; toolCallId: string; toolName: string; input: unknown }
  | { type: "tool-output-available"; toolCallId: string; output: unknown }
  | { type: "tool-output-error"; toolCallId: string; errorText: string }
  | { type: "finish-step" }
  /** What is known of the message by now; added to what was said before. */
  | { type: "message-metadata"; messageMetadata: Partial<Metadata> }
  | { type: "finish"; finishReason: FinishReason; messageMetadata: Metadata }
  | { type: "abort"; reason?: string }
  | { type: "error"; errorText: string }
  /**
   * The process was interrupted and what the reader has seen reaches past what is kept. The reader
   * keeps the first `keepParts` parts of the message (`step-start` parts count) and drops the rest;
   * with `keepText`, the last kept part is a text or reasoning part that stays open, cut to that many
   * UTF-16 units: the deltas that follow, under the same part id, continue it.
   */
  | { type: "data-restart"; transient: true; data: { keepParts: number; keepText?: number } };

/** The chunks of an agent's turn. */
export type TurnChunk = MessageChunk<TurnMetadata>;

/** The chunks of an answer that was asked of a model directly. It is not kept: a broken line ends it. */
export type GenerateChunk = MessageChunk<GenerateMetadata>;

/** The AI SDK's header that says which stream protocol a body speaks. */
export const uiMessageStreamHeader = { "x-vercel-ai-ui-message-stream": "v1" } as const;
