import type { z } from "zod";
import { count } from "#lib/formatting/quantities.ts";
import type { Field } from "./agent-draft.svelte.ts";

const missing: Partial<Record<Field, string>> = {
  name: "Give the agent a name.",
  model: "Choose a model.",
  promptTemplate: "Write at least {{input}}.",
  maxTokens: "At least 1 token.",
};

/** What a schema found wrong with a field, in words that say how to put it right. */
export function messageFor(field: Field, issue: z.core.$ZodIssue): string {
  if (field === "temperature") return "A number from 0 to 2.";
  if (field === "maxTokens" && issue.code !== "too_small") {
    return "A whole number of tokens, at most 1,000,000.";
  }
  if (issue.code === "too_small") return missing[field] ?? issue.message;
  if (issue.code === "too_big") return `At most ${count(Number(issue.maximum))} characters.`;
  if (field === "model") return "A model's id, such as openai/gpt-5.";
  return issue.message;
}
