import { z } from "zod";
import type { Tool, ToolContext, ToolEffect } from "./contract.ts";

/** Makes a tool from a zod schema: what models are shown and what is checked are the same. */
export function defineTool<Schema extends z.ZodObject>(definition: {
  name: string;
  description: string;
  effect: ToolEffect;
  input: Schema;
  run(input: z.infer<Schema>, context: ToolContext): Promise<unknown>;
}): Tool {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(definition.input, { io: "input" });
  return {
    name: definition.name,
    description: definition.description,
    effect: definition.effect,
    isLocal: true,
    inputSchema,
    parse: (input) => definition.input.safeParse(input),
    // What was parsed a while ago, perhaps before a restart, is parsed again rather than trusted.
    run: async (input, context) => await definition.run(definition.input.parse(input), context),
  };
}
