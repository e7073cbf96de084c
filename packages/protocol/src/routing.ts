/** How a model was chosen, and what each call to a provider came to. */
import { z } from "zod";
import { ErrorCode } from "./errors.ts";
import { FilterAction, FilterClass } from "./policies.ts";
import { Timestamp } from "./times.ts";

/** What a routing name weighs most: `auto`, `auto:fast`, `auto:cheap`, `auto:best`. */
export const RoutePreference = z.enum(["balanced", "fast", "cheap", "best"]);
export type RoutePreference = z.infer<typeof RoutePreference>;

/** What the model is to do: `auto:code`, `auto:cheap:extract`. */
export const RouteTask = z.enum(["chat", "code", "sql", "extract", "classify", "vision", "image", "embed"]);
export type RouteTask = z.infer<typeof RouteTask>;

/** Why a candidate fell out: the hard constraints, in the order in which they are checked. */
export const ExclusionReason = z.enum([
  "unavailable",
  "kind",
  "not_allowed",
  "region",
  "capability",
  "context",
  "budget",
  "breaker_open",
  "failed",
]);
export type ExclusionReason = z.infer<typeof ExclusionReason>;

export const RouteCandidate = z.object({
  model: z.string(),
  /** The lower the better; absent for one that fell out before it was scored. */
  score: z.number().optional(),
  excluded: ExclusionReason.optional(),
  /** One sentence for people. */
  detail: z.string().optional(),
});
export type RouteCandidate = z.infer<typeof RouteCandidate>;

/** One choice of a model. The same inputs and statistics give the same choice. */
export const RouteDecision = z
  .object({
    /** What was asked for: a model's name, or a routing name. */
    requested: z.string(),
    /** Catalog id of the model that was chosen. */
    chosen: z.string(),
    /** `named`: it was asked for; `routed`: scored best; `explored`: tried to learn of it; `fallback`: the one before failed. */
    why: z.enum(["named", "routed", "explored", "fallback"]),
    preference: RoutePreference.optional(),
    task: RouteTask.optional(),
    /** The best of the candidates, chosen one included, and those that fell out nearest; 16 at most. */
    candidates: z.array(RouteCandidate),
    /** How many fell out for each reason, those not listed included. */
    excluded: z.partialRecord(ExclusionReason, z.number().int().positive()),
    at: Timestamp,
  })
  .meta({ id: "RouteDecision" });
export type RouteDecision = z.infer<typeof RouteDecision>;

/** One call to a provider, whatever became of it. The unit of usage: its id is charged once. */
export const ModelCall = z
  .object({
    id: z.string(),
    model: z.string(),
    provider: z.string(),
    /** What was asked for: text, an embedding, an image. */
    kind: z.enum(["text", "embedding", "image"]),
    /** `cached`: answered from the cache, and free. `cancelled`: left before its end. */
    outcome: z.enum(["completed", "failed", "cancelled", "cached"]),
    inputTokens: z.number().int().nonnegative(),
    outputTokens: z.number().int().nonnegative(),
    images: z.number().int().nonnegative().optional(),
    costMicros: z.number().int().nonnegative(),
    /** Workers AI's own unit, in thousandths. */
    milliNeurons: z.number().int().nonnegative().optional(),
    /** True where the provider reported no usage and the tokens were counted here. */
    estimated: z.boolean().optional(),
    error: ErrorCode.optional(),
    startedAt: Timestamp,
    latencyMs: z.number().nonnegative(),
    firstTokenMs: z.number().nonnegative().optional(),
    /** Cloudflare AI Gateway's name for its log of this call. */
    gatewayLogId: z.string().optional(),
    /** True where AI Gateway answered from its own cache: no provider was asked. */
    gatewayCached: z.boolean().optional(),
  })
  .meta({ id: "ModelCall" });
export type ModelCall = z.infer<typeof ModelCall>;

/** Something the output filter found; never the text itself. */
export const FilterFinding = z
  .object({ class: FilterClass, action: FilterAction, count: z.number().int().positive() })
  .meta({ id: "FilterFinding" });
export type FilterFinding = z.infer<typeof FilterFinding>;
