/** What a task asks for: a turn of the model, one tool, or a plan of several steps. */
import { fieldsOf, isFields, textOf } from "../messages/fields.ts";
import type { Fields } from "../messages/fields.ts";

export type Step =
  | { readonly do: "prompt"; readonly name: string | null; readonly prompt: string }
  | { readonly do: "tool"; readonly name: string | null; readonly tool: string; readonly input: unknown };

/** A single piece of work is a plan of one step; `planned` says which it was. */
export interface Work {
  readonly steps: readonly Step[];
  readonly planned: boolean;
}

/** Steps that a plan may have. */
const planLimit = 32;

/** What people call the question, in the order in which it is looked for. */
const promptNames = [
  "message",
  "prompt",
  "input",
  "query",
  "question",
  "text",
  "description",
  "task",
] as const;
/** What says who does something and when, not what. */
const controlNames = new Set([
  "id",
  "taskId",
  "task_id",
  "type",
  "taskType",
  "priority",
  "deadline",
  "timeoutMs",
  "timeout_ms",
  "target",
  "source",
  "capabilities",
  "requires",
  "requiredCapabilities",
  "signature",
]);

/** What a task cannot be made of is said in words that its asker may read. */
export class UnclearTask extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnclearTask";
  }
}

/** @throws UnclearTask where there is nothing to do, or a tool or plan is malformed */
export function workOf(content: Fields): Work {
  if (content["plan"] !== undefined) return { steps: planOf(content["plan"]), planned: true };
  if (isFields(content["tool"])) return { steps: [toolStep(content["tool"], "tool")], planned: false };
  const prompt = promptOf(content);
  if (prompt === null) throw new UnclearTask("The task says nothing of what is to be done.");
  return { steps: [{ do: "prompt", name: null, prompt }], planned: false };
}

/** What a bare task asks: its payload, or its own fields where it has none. */
export function bareContent(message: Fields): Fields {
  const { payload } = message;
  if (isFields(payload)) return { ...payload };
  return payload === undefined || payload === null ? message : { input: payload };
}

function planOf(plan: unknown): Step[] {
  if (!Array.isArray(plan) || plan.length === 0) throw new UnclearTask("The plan is not a list of steps.");
  if (plan.length > planLimit) throw new UnclearTask(`A plan has at most ${planLimit} steps.`);
  return plan.map((step: unknown, index) => {
    const where = `plan.${index}`;
    if (!isFields(step)) throw new UnclearTask(`${where} is not an object.`);
    if (typeof step["tool"] === "string")
      return toolStep({ ...step, name: step["tool"], as: step["name"] }, where);
    if (isFields(step["tool"])) return toolStep({ ...step["tool"], as: step["name"] }, where);
    const prompt = promptOf(step);
    if (prompt === null) throw new UnclearTask(`${where} names neither a tool nor a prompt.`);
    return { do: "prompt", name: textOf(step, "name"), prompt };
  });
}

function toolStep(step: Fields, where: string): Step {
  const tool = textOf(step, "name");
  if (tool === null) throw new UnclearTask(`${where} does not say which tool.`);
  return { do: "tool", name: textOf(step, "as"), tool, input: step["input"] ?? step["arguments"] ?? {} };
}

/** The question, as text; what is no text is given to the model as JSON. */
function promptOf(content: Fields): string | null {
  for (const name of promptNames) {
    const field = content[name];
    if (typeof field === "string" && field.trim() !== "") return field;
    if (isFields(field) || Array.isArray(field)) return innerPrompt(field);
  }
  if (isFields(content["payload"])) return promptOf(content["payload"]) ?? JSON.stringify(content["payload"]);
  const rest = Object.entries(content).filter(([name, field]) => !controlNames.has(name) && !isBlank(field));
  return rest.length === 0 ? null : JSON.stringify(Object.fromEntries(rest));
}

const isBlank = (value: unknown): boolean => typeof value === "string" && value.trim() === "";

const innerPrompt = (value: unknown): string =>
  (isFields(value) ? textOf(value, ...promptNames) : null) ?? JSON.stringify(value);

/** What a step may use of those before it, by number and by name. */
export interface StepOutput {
  readonly name: string | null;
  readonly output: unknown;
}

const placeholder = /\{\{\s*steps\.([\w-]+)((?:\.[\w-]+)*)\s*\}\}/g;

/**
 * A step with `{{steps.0}}`, `{{steps.<name>}}` and `{{steps.<name>.<field>}}` replaced by outputs of earlier steps.
 * A text that is one placeholder alone becomes the output itself; within a text, outputs stand as text.
 * @throws UnclearTask where there is no such output
 */
export function filledIn(step: Step, outputs: readonly StepOutput[]): Step {
  return step.do === "prompt"
    ? { ...step, prompt: asText(replaced(step.prompt, outputs)) }
    : { ...step, input: replaced(step.input, outputs) };
}

function replaced(value: unknown, outputs: readonly StepOutput[]): unknown {
  if (Array.isArray(value)) return value.map((one) => replaced(one, outputs));
  if (isFields(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, replaced(one, outputs)]));
  }
  if (typeof value !== "string") return value;
  const whole = new RegExp(`^${placeholder.source}$`).exec(value.trim());
  if (whole) return outputAt(outputs, whole[1] ?? "", whole[2] ?? "");
  return value.replaceAll(placeholder, (_, step: string, path: string) =>
    asText(outputAt(outputs, step, path)),
  );
}

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function outputAt(outputs: readonly StepOutput[], step: string, path: string): unknown {
  const found = /^\d+$/.test(step) ? outputs[Number(step)] : outputs.findLast(({ name }) => name === step);
  if (!found) throw new UnclearTask(`The plan uses {{steps.${step}}}, and there is no such step before it.`);
  let value = found.output;
  for (const field of path.split(".").slice(1)) {
    const inner: unknown = Array.isArray(value)
      ? value[Number(field)]
      : isFields(value)
        ? value[field]
        : undefined;
    if (inner === undefined) throw new UnclearTask(`The output of step ${step} has no ${path.slice(1)}.`);
    value = inner;
  }
  return value;
}

/** What a task's message holds to be done, where it is not encrypted. */
export const contentOf = (form: "task" | "conversation" | "bare", message: Fields): Fields =>
  form === "bare" ? bareContent(message) : fieldsOf(fieldsOf(message, "body"), "content");
