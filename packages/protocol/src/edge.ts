import { z } from "zod";
import { ModelName } from "./model-names.ts";

/** What an id may look like to be looked for: one that is none of ours is not found. */
const anyId = z.string().min(1).max(200);

/** `POST /edge/execute`, the one-shot form: field names are the existing clients', and what else they send is ignored. */
export const EdgeExecute = z
  .object({
    input: z.string().min(1).max(400_000),
    agent_config: z.object({
      id: anyId.optional(),
      model: ModelName,
      system_prompt: z.string().max(100_000).optional(),
      temperature: z.number().min(0).max(2).optional(),
      max_tokens: z.number().int().min(1).max(1_000_000).optional(),
    }),
    session_id: anyId.optional(),
  })
  .meta({ id: "EdgeExecute" });
export type EdgeExecute = z.infer<typeof EdgeExecute>;

export const EdgeResult = z
  .union([
    z.object({
      success: z.literal(true),
      result: z.string(),
      edge_location: z.string(),
      model: z.string(),
    }),
    z.object({ success: z.literal(false), error: z.string() }),
  ])
  .meta({ id: "EdgeResult" });
export type EdgeResult = z.infer<typeof EdgeResult>;
