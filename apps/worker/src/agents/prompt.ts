/** Prompt templates: `{{name}}` stands for a variable; `{{input}}` is the execution's input. */
import { OrreryError, placeholder, templateNames } from "@orrery/protocol";
import type { InputPart } from "@orrery/protocol";

/** Characters that a prompt may have: a template can multiply what it is given. */
const promptLimit = 1_000_000;

/** Variables that a refusal names. */
const variablesNamed = 20;

/** The text parts of an input, one below the other. */
export function inputText(input: string | InputPart[]): string {
  if (typeof input === "string") return input;
  return input
    .filter((part) => part.type === "text")
    .map((part) => part.text)
    .join("\n\n");
}

/** The variables that a template names, `input` aside. */
export function templateVariables(template: string): string[] {
  const names = templateNames(template);
  names.delete("input");
  return [...names];
}

/**
 * Fills a template. Values are put in as they are: a `{{…}}` inside a value is text, not a variable.
 * @throws OrreryError `invalid_request` (422) naming variables that are missing or that the template lacks;
 *   `payload_too_large`, before it is built, for a prompt that would be too long
 */
export function renderPrompt(
  template: string,
  input: string | InputPart[],
  variables: Readonly<Record<string, string>> = {},
): string {
  const wanted = new Set(templateVariables(template));
  const missing = [...wanted].filter((name) => !Object.hasOwn(variables, name));
  const unknown = Object.keys(variables).filter((name) => !wanted.has(name));
  if (missing.length > 0 || unknown.length > 0) {
    throw new OrreryError("invalid_request", "The variables do not fit the agent's prompt template.", {
      status: 422,
      errors: [
        ...missing.map((name) => ({
          path: `variables.${name}`,
          message: "the prompt template needs this variable",
        })),
        ...unknown.map((name) => ({
          path: `variables.${name}`,
          message: "the prompt template has no such variable",
        })),
      ].slice(0, variablesNamed),
    });
  }
  const text = inputText(input);
  const valueOf = (name: string): string => (name === "input" ? text : (variables[name] ?? ""));
  // A template may name the same long text a thousand times: its length is known before it is written.
  let length = template.length;
  for (const [whole, name = ""] of template.matchAll(placeholder)) {
    length += valueOf(name).length - whole.length;
  }
  if (length > promptLimit) {
    throw new OrreryError(
      "payload_too_large",
      `The agent's template would make a prompt of ${length} characters of this; ${promptLimit} are the most.`,
    );
  }
  return template.replaceAll(placeholder, (_, name: string) => valueOf(name));
}
