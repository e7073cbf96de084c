/** What an agent, or a whole workspace, asks of its model calls. */
import { z } from "zod";
import { ModelName } from "./model-names.ts";
import { refusedOptions } from "./provider-options.ts";

/** Where a provider handles what it is sent. `global` promises nothing; `local` never leaves the machine. */
export const DataRegion = z.enum(["us", "eu", "global", "local"]);
export type DataRegion = z.infer<typeof DataRegion>;

/**
 * What happens to text of an answer that a recogniser finds. `flag` only notes it, `redact` puts a label in
 * its place, `block` withholds the whole answer.
 */
export const FilterAction = z.enum(["off", "flag", "redact", "block"]);
export type FilterAction = z.infer<typeof FilterAction>;

/** Classes of text that the output filter recognises. */
export const FilterClass = z.enum(["secret", "email", "phone", "card", "iban", "ssn"]);
export type FilterClass = z.infer<typeof FilterClass>;

/** What to do with each class; `off` where not named. */
export const FilterPolicy = z.partialRecord(FilterClass, FilterAction).meta({ id: "FilterPolicy" });
export type FilterPolicy = z.infer<typeof FilterPolicy>;

/**
 * Whether answers are kept and given again. `exact`: to the same request; `semantic`: also to one whose last
 * message means the same, everything before it being equal. Never with tools that act.
 */
export const CachePolicy = z.strictObject({
  mode: z.enum(["off", "exact", "semantic"]),
  ttlSeconds: z.number().int().min(1).max(2_592_000).default(86_400),
  /** Cosine similarity from which on two questions count as one. */
  threshold: z.number().min(0.5).max(1).default(0.95),
});
export type CachePolicy = z.infer<typeof CachePolicy>;

export const ModelLimits = z.strictObject({
  requestsPerMinute: z.number().int().min(1).max(1_000_000).optional(),
  tokensPerMinute: z.number().int().min(1).max(1_000_000_000).optional(),
});
export type ModelLimits = z.infer<typeof ModelLimits>;

/** A model's id, or the beginning of ids followed by `*`: `openai/*`. */
export const ModelPattern = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\w@][\w@.:/+-]*\*?$|^\*$/, "expected a model's id, or a beginning such as openai/*");

/** An agent's own policy. Empty: no cache, no filter, no limit; retries and routing as they come. */
export const ModelPolicy = z
  .strictObject({
    /** Models to go on with, in order, when the agent's own fails. */
    fallbacks: z.array(ModelName).max(8).optional(),
    /** Models that may be used; all where absent. */
    allowedModels: z.array(ModelPattern).min(1).max(200).optional(),
    /** Regions that may handle the agent's text; all where absent. */
    regions: z.array(DataRegion).min(1).max(4).optional(),
    /** Whether `auto` now and then tries a model that it knows little of. Default true. */
    exploration: z.boolean().optional(),
    /** Whether a second request may be sent when the first is slower than the model's own 95th percentile. */
    hedging: z.boolean().optional(),
    cache: CachePolicy.optional(),
    filter: FilterPolicy.optional(),
    /** Of this agent alone. */
    limits: ModelLimits.optional(),
    /** Put into the provider's requests as they are, by provider's name: those that it may be given. */
    providerOptions: z
      .record(z.string().regex(/^[a-z][\w-]{0,63}$/), z.record(z.string().max(64), z.unknown()))
      .refine((options) => JSON.stringify(options).length <= 16_384, "at most 16 KB of options")
      .superRefine((options, context) => {
        for (const [provider, own] of Object.entries(options)) {
          for (const name of refusedOptions(provider, own)) {
            const message = `not an option that ${provider} may be given`;
            context.addIssue({ code: "custom", path: [provider, ...name.split(".")], message });
          }
        }
      })
      .optional(),
  })
  .meta({ id: "ModelPolicy" });
export type ModelPolicy = z.infer<typeof ModelPolicy>;

/** The policy of a workspace: it binds all of its agents, and the stricter of the two rules. */
export const WorkspacePolicy = z
  .strictObject({
    allowedModels: ModelPolicy.shape.allowedModels,
    regions: ModelPolicy.shape.regions,
    filter: FilterPolicy.optional(),
    /** Of all agents of the workspace together. */
    limits: ModelLimits.optional(),
    /** Of each agent that has none of its own. */
    agentLimits: ModelLimits.optional(),
  })
  .meta({ id: "WorkspacePolicy" });
export type WorkspacePolicy = z.infer<typeof WorkspacePolicy>;
