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

/**
 * What a schema found wrong with a field, in words that say how to put it right.
 * @param request what the schema was given
 */
export function messageFor(
  field: Field,
  issue: z.core.$ZodIssue,
  request: { tools: readonly string[] },
): string {
  const policyField = policyFields.find((name) => name === field);
  if (policyField) return policyMessage(policyField);
  if (field === "labels") return labelMessage(issue);
  if (field === "tools") return toolMessage(issue, request.tools);
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

function toolMessage({ path }: z.core.$ZodIssue, tools: readonly string[]): string {
  const tool = tools[Number(path[1])];
  if (tool === undefined) return "At most 64 tools.";
  return `"${tool}" is not a valid name: use lowercase letters, digits and underscores, as in read_document.`;
}

/** The rule that a label breaks, by where the schema stumbled: over a name, over its value, or over their number. */
function labelMessage({ code, path }: z.core.$ZodIssue): string {
  const name = path.slice(1).map(String).join(".");
  if (code === "invalid_key") {
    return `"${name}" is not a valid name: use up to 63 letters, digits, dots, dashes and underscores.`;
  }
  if (name !== "") return `The value of "${name}" is too long: at most 256 characters.`;
  return "At most 32 labels.";
}
