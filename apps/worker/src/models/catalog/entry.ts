/** What the catalog says of one model, and the shape that all of its entries are held to. */
import { DataRegion, ModelKind, ModelName, QualityTier, RouteTask } from "@orrery/protocol";
import { z } from "zod";

/** A provider's name: one of ours, or that of a server of one's own. */
export const ProviderName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, "a provider's name is lower-case letters, digits and hyphens");

/** At most a thousand dollars for a million tokens, or for an image: more is a slip of the pen. */
const micros = z.number().int().nonnegative().max(1_000_000_000);
const milliNeurons = z.number().int().nonnegative().max(1_000_000_000_000);
const tokens = z.number().int().positive().max(1_000_000_000).nullable();

/** As {@link ModelPrice} of the protocol, held to amounts that can be true. */
const Price = z.strictObject({
  inputMicros: micros,
  outputMicros: micros,
  imageMicros: micros.optional(),
  neurons: z
    .strictObject({
      inputMilli: milliNeurons,
      outputMilli: milliNeurons,
      imageMilli: milliNeurons.optional(),
    })
    .optional(),
});

const unique = (values: readonly string[]): boolean => new Set(values).size === values.length;

export const CatalogEntry = z.strictObject({
  provider: ProviderName,
  /** The provider's own name for it. With `provider/` before it, this is its id here. */
  model: z.string().min(1).max(160),
  name: z.string().min(1).max(120),
  kind: ModelKind,
  aliases: z.array(ModelName).max(16),
  /** Tokens that it reads and writes together at most; null where unknown, or without a limit. */
  contextTokens: tokens,
  maxOutputTokens: tokens,
  /** Null where it could not be confirmed. */
  price: Price.nullable(),
  tools: z.boolean(),
  vision: z.boolean(),
  reasoning: z.boolean(),
  json: z.boolean(),
  prefill: z.boolean(),
  dimensions: z.number().int().positive().max(65_536).nullable(),
  quality: QualityTier.nullable(),
  /** Where it may be handled: in any of these. */
  regions: z.array(DataRegion).min(1).max(4).refine(unique, "a region is named twice"),
  /** What `auto` chooses it for; never, where empty. */
  tasks: z.array(RouteTask).max(8).refine(unique, "a task is named twice"),
  /** True where nobody described it: its abilities are guesses, and a caller who names it may try them. */
  guessed: z.boolean(),
});
export type CatalogEntry = z.infer<typeof CatalogEntry>;

export const idOf = (entry: Pick<CatalogEntry, "provider" | "model">): string =>
  `${entry.provider}/${entry.model}`;

/** Provider and the provider's own name; null where the id has no two parts. */
export function partsOf(id: string): { provider: string; model: string } | null {
  const slash = id.indexOf("/");
  if (slash <= 0 || slash === id.length - 1) return null;
  return { provider: id.slice(0, slash), model: id.slice(slash + 1) };
}

/** What is assumed of a model that nobody described. A text model is worth a try with tools and schemas. */
export function undescribed(provider: string, model: string, kind: ModelKind): CatalogEntry {
  const text = kind === "text";
  return {
    provider,
    model,
    name: model,
    kind,
    aliases: [],
    contextTokens: null,
    maxOutputTokens: null,
    price: null,
    tools: text,
    vision: false,
    reasoning: false,
    json: text,
    prefill: false,
    dimensions: null,
    quality: null,
    regions: ["global"],
    tasks: [],
    guessed: true,
  };
}
