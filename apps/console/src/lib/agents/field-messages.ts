import type { z } from "zod";
import { count } from "#lib/formatting/quantities.ts";
import { policyFields, policyMessage } from "#lib/models/policy-values.ts";
import type { Field } from "./agent-draft.svelte.ts";

const missing: Partial<Record<Field, string>> = {
  name: "Give the agent a name.",
  model: "Choose a model.",
  promptTemplate: "Write at least {{input}}.",
  maxTokens: "At least 1 token.",
};

/** What a schema found wrong with a field, in words that say how to put it right. */
export function messageFor(field: Field, issue: z.core.$ZodIssue): string {
  const policyField = policyFields.find((name) => name === field);
  if (policyField) return policyMessage(policyField);
  if (field === "labels") {
    return "At most 32 labels: names of up to 63 letters, digits, dots, dashes or underscores, values of up to 256 characters.";
  }
  if (field === "capabilities") return "At most 64 capabilities of up to 64 characters each.";
  if (field === "temperature") return "A number from 0 to 2.";
  if (field === "maxTokens" && issue.code !== "too_small") {
    return "A whole number of tokens, at most 1,000,000.";
  }
  if (issue.code === "too_small") return missing[field] ?? issue.message;
  if (issue.code === "too_big") return `At most ${count(Number(issue.maximum))} characters.`;
  if (field === "model") return "A model's id, such as openai/gpt-5.";
  return issue.message;
}
