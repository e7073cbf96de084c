import { z } from "zod";
import { Id } from "./ids.ts";
import { ModelName } from "./model-names.ts";

/** `POST /edge/execute`, the one-shot form: field names are the existing clients'. */
export const EdgeExecute = z
  .object({
    input: z.string().min(1).max(400_000),
    agent_config: z.object({
      id: Id.optional(),
      model: ModelName,
      system_prompt: z.string().max(100_000).optional(),
      temperature: z.number().min(0).max(2).optional(),
      max_tokens: z.number().int().min(1).max(1_000_000).optional(),
    }),
    session_id: Id.optional(),
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
