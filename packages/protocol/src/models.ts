import { z } from "zod";
import { DataRegion } from "./policies.ts";
import { RouteTask } from "./routing.ts";

export const ModelKind = z.enum(["text", "embedding", "image", "transcription", "rerank"]);
export type ModelKind = z.infer<typeof ModelKind>;

/** How good its answers are, by public judgement: 1 small and quick, 2 everyday, 3 strong, 4 the best there are. */
export const QualityTier = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]);
export type QualityTier = z.infer<typeof QualityTier>;

/** Micro-dollars, rounded up where a list price is finer. */
export const ModelPrice = z.object({
  /** For a million tokens read and written. */
  inputMicros: z.number().int().nonnegative(),
  outputMicros: z.number().int().nonnegative(),
  /** For one image. */
  imageMicros: z.number().int().nonnegative().optional(),
  /** Workers AI: thousandths of a neuron for a million tokens read and written, and for one image. */
  neurons: z
    .object({
      inputMilli: z.number().int().nonnegative(),
      outputMilli: z.number().int().nonnegative(),
      imageMilli: z.number().int().nonnegative().optional(),
    })
    .optional(),
});
export type ModelPrice = z.infer<typeof ModelPrice>;

export const BreakerState = z.enum(["closed", "open", "half-open"]);
export type BreakerState = z.infer<typeof BreakerState>;

/** What was measured of a model lately, older calls counting less. Milliseconds; null before the first call. */
export const ModelHealth = z.object({
  calls: z.number().nonnegative(),
  errorRate: z.number().min(0).max(1),
  /** To the first token. */
  firstTokenP50: z.number().nonnegative().nullable(),
  firstTokenP95: z.number().nonnegative().nullable(),
  /** To the end. */
  latencyP50: z.number().nonnegative().nullable(),
  latencyP95: z.number().nonnegative().nullable(),
  breaker: BreakerState,
});
export type ModelHealth = z.infer<typeof ModelHealth>;

/** A model as `GET /models` shows it. */
export const Model = z
  .object({
    id: z.string(),
    name: z.string(),
    provider: z.string(),
    kind: ModelKind,
    /** Other names that resolve to this model. */
    aliases: z.array(z.string()),
    contextTokens: z.number().int().positive().nullable(),
    maxOutputTokens: z.number().int().positive().nullable(),
    /** Null where unknown. */
    price: ModelPrice.nullable(),
    capabilities: z.object({
      tools: z.boolean(),
      vision: z.boolean(),
      reasoning: z.boolean(),
      /** Answers in JSON that follows a schema. */
      json: z.boolean(),
      /** Goes on from the beginning of an answer that it is given. */
      prefill: z.boolean(),
    }),
    /** Length of an embedding; null for other kinds, or where unknown. */
    dimensions: z.number().int().positive().nullable(),
    quality: QualityTier.nullable(),
    regions: z.array(DataRegion),
    /** Tasks that it is chosen for. */
    tasks: z.array(RouteTask),
    /** True where answers only quote their sources: no language model. */
    extractive: z.boolean(),
    usable: z.boolean(),
    /** Why it cannot be used now, and what to do. */
    reason: z.string().nullable(),
    health: ModelHealth,
  })
  .meta({ id: "Model" });
export type Model = z.infer<typeof Model>;

export const ModelList = z
  .object({
    items: z.array(Model),
    nextCursor: z.null(),
    /** What is wrong with the configuration of models, one sentence each. */
    problems: z.array(z.string()).default([]),
  })
  .meta({ id: "ModelList" });
