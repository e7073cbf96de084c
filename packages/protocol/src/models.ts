import { z } from "zod";

export const ModelKind = z.enum(["text", "embedding", "image"]);
export type ModelKind = z.infer<typeof ModelKind>;

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
    /** Micro-dollars for a million tokens; null where unknown. */
    price: z.object({ inputMicros: z.number().int(), outputMicros: z.number().int() }).nullable(),
    capabilities: z.object({ tools: z.boolean(), vision: z.boolean(), reasoning: z.boolean() }),
    /** True where answers only quote their sources: no language model. */
    extractive: z.boolean(),
    usable: z.boolean(),
    /** Why it cannot be used now, and what to do. */
    reason: z.string().nullable(),
  })
  .meta({ id: "Model" });
export type Model = z.infer<typeof Model>;

export const ModelList = z.object({ items: z.array(Model), nextCursor: z.null() }).meta({ id: "ModelList" });
