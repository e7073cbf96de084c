/** Models asked directly, without an agent: what playgrounds, tools and scripts use. */
import { z } from "zod";
import { ExecutionInput } from "./executions.ts";
import { ModelName } from "./model-names.ts";
import { ModelPolicy } from "./policies.ts";
import { FilterFinding, ModelCall, RouteDecision, RouteTask } from "./routing.ts";
import { Timestamp } from "./times.ts";

/** Levels to which a schema's objects and lists lie within each other. */
const deepestSchema = 64;

/** Whether a value is nested no deeper than that; looked at level by level, since it may be nested any deeper. */
function isShallow(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepestSchema) return false;
    level = level.flatMap((one): unknown[] =>
      typeof one === "object" && one !== null ? Object.values(one) : [],
    );
  }
  return true;
}

/**
 * A JSON Schema (draft 2020-12), as sent to a provider. References are to places in it (`#/$defs/…`), and stand for
 * 100,000 schemas at most; a `pattern` has neither look-arounds nor references to its groups; and no list, object or
 * text is asked to be longer than answers are. What goes beyond is refused before any model is asked.
 */
export const JsonSchema = z
  .record(z.string(), z.unknown())
  .refine(isShallow, { message: `at most ${deepestSchema} levels of schema`, abort: true })
  .refine((schema) => JSON.stringify(schema).length <= 65_536, "at most 64 KB of schema");

/** `POST /models/generate`: a text (streamed with `stream` as a UI message stream), or an object with `schema`. */
export const GenerateRequest = z
  .strictObject({
    model: ModelName,
    input: ExecutionInput,
    systemPrompt: z.string().max(100_000).optional(),
    temperature: z.number().min(0).max(2).default(0.7),
    maxTokens: z.number().int().min(1).max(1_000_000).default(1024),
    /** The answer is an object that follows this schema. Not with `stream`. */
    schema: JsonSchema.optional(),
    modelPolicy: ModelPolicy.default({}),
    stream: z.boolean().default(false),
  })
  .refine((request) => !(request.stream && request.schema), {
    path: ["stream"],
    message: "an object is not streamed: leave out stream or schema",
  })
  .meta({ id: "GenerateRequest" });
export type GenerateRequest = z.input<typeof GenerateRequest>;

export const GenerateResult = z
  .object({
    text: z.string(),
    /** Present where a schema was given. */
    object: z.unknown().optional(),
    model: z.string(),
    extractive: z.boolean(),
    route: RouteDecision.optional(),
    calls: z.array(ModelCall),
    /** What the output filter found. */
    filtered: z.array(FilterFinding),
  })
  .meta({ id: "GenerateResult" });
export type GenerateResult = z.infer<typeof GenerateResult>;

/** `POST /models/embed`. */
export const EmbedRequest = z
  .strictObject({ model: ModelName, values: z.array(z.string().min(1).max(100_000)).min(1).max(256) })
  .meta({ id: "EmbedRequest" });
export type EmbedRequest = z.infer<typeof EmbedRequest>;

export const EmbedResult = z
  .object({
    model: z.string(),
    dimensions: z.number().int().positive(),
    embeddings: z.array(z.array(z.number())),
    calls: z.array(ModelCall),
  })
  .meta({ id: "EmbedResult" });
export type EmbedResult = z.infer<typeof EmbedResult>;

/** `POST /models/images`. */
export const ImageRequest = z
  .strictObject({
    model: ModelName,
    prompt: z.string().min(1).max(32_000),
    width: z.number().int().min(64).max(2048).optional(),
    height: z.number().int().min(64).max(2048).optional(),
    seed: z.number().int().min(0).max(2_147_483_647).optional(),
  })
  .meta({ id: "ImageRequest" });
export type ImageRequest = z.infer<typeof ImageRequest>;

/** A stored image; `url` is signed, needs no token, and ends at `urlExpiresAt`. */
export const GeneratedImage = z
  .object({
    id: z.string(),
    model: z.string(),
    mediaType: z.string(),
    /** Bytes. */
    size: z.number().int().positive(),
    sha256: z.string(),
    url: z.string(),
    urlExpiresAt: Timestamp,
    calls: z.array(ModelCall),
  })
  .meta({ id: "GeneratedImage" });
export type GeneratedImage = z.infer<typeof GeneratedImage>;

/** `POST /models/route`: which model would be chosen now, and why; nothing is asked of it. */
export const RouteRequest = z
  .strictObject({
    model: ModelName,
    task: RouteTask.optional(),
    inputTokens: z.number().int().min(0).max(100_000_000).default(1000),
    maxTokens: z.number().int().min(1).max(1_000_000).default(1024),
    tools: z.boolean().default(false),
    vision: z.boolean().default(false),
    json: z.boolean().default(false),
    modelPolicy: ModelPolicy.default({}),
  })
  .meta({ id: "RouteRequest" });
export type RouteRequest = z.input<typeof RouteRequest>;
