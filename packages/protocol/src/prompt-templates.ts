/** Prompt templates: `{{name}}` stands for a variable that an execution gives, `{{input}}` for what it asks. */
import { z } from "zod";

/** A variable's name. */
export const VariableName = z
  .string()
  .regex(/^[A-Za-z_]\w{0,63}$/, "expected a letter or _, then letters, digits and _: 64 at most");

/** Where a template holds a variable; its first group is the name. */
export const placeholder = /\{\{\s*([A-Za-z_]\w*)\s*\}\}/g;

/** All that a template names, `input` among it. */
export const templateNames = (template: string): Set<string> =>
  new Set(Array.from(template.matchAll(placeholder), ([, name = ""]) => name));

/** What is wrong with a template, in words for who wrote it; nothing where it works. */
function* problemsOf(template: string): Generator<string> {
  const names = templateNames(template);
  for (const name of names) {
    if (!VariableName.safeParse(name).success) {
      yield `no execution can give a variable of ${name.length} characters: 64 are the most`;
    }
  }
  const [, beyond] = template.replaceAll(placeholder, "").split("{{", 2);
  if (beyond !== undefined) {
    const shown = beyond.slice(0, 20).trimEnd();
    yield `{{${shown} is no variable: expected {{name}} of letters, digits and _; give other braces as a variable's value`;
  }
  if (!names.has("input")) yield "expected {{input}}: without it, what is asked never reaches the model";
}

/** A template that can be filled, and that what is asked is part of. */
export const PromptTemplate = z
  .string()
  .min(1)
  .max(32_000)
  .superRefine((template, context) => {
    for (const message of problemsOf(template)) context.addIssue({ code: "custom", message });
  });
