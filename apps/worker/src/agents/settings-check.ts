/** Whether an agent can work with its settings on this platform: what the schema of settings cannot know. */
import { OrreryError } from "@orrery/protocol";
import type { Agent, FieldError, UpdateAgent } from "@orrery/protocol";
import { gatewayFor } from "../models/index.ts";
import { availableTools, toolsProblem } from "./agent-tools.ts";

/** What is checked; anything missing is not. */
type Checked = Pick<UpdateAgent, "model" | "maxTokens" | "tools" | "modelPolicy">;

/** What an agent has already. */
type Stored = Pick<Agent, "model" | "maxTokens">;

/**
 * What is wrong with settings, or with a change of those that are `stored`: what the change leaves alone is blamed for
 * nothing but for not going with the rest.
 */
export function settingsErrors(env: Env, settings: Checked, stored?: Stored): FieldError[] {
  return [
    ...fallbackErrors(env, settings),
    ...modelErrors(env, settings, stored),
    ...toolErrors(env, settings),
  ];
}

/** @throws OrreryError `invalid_request` (422), naming what {@link settingsErrors} finds */
export function assertUsable(env: Env, settings: Checked, stored?: Stored): void {
  const errors = settingsErrors(env, settings, stored);
  if (errors.length === 0) return;
  throw new OrreryError("invalid_request", "The agent's settings are not valid.", { status: 422, errors });
}

function* fallbackErrors(env: Env, { modelPolicy }: Checked): Generator<FieldError> {
  for (const [index, name] of (modelPolicy?.fallbacks ?? []).entries()) {
    const checked = gatewayFor(env).check(name, "text");
    if ("problem" in checked) yield { path: `modelPolicy.fallbacks.${index}`, message: checked.problem };
  }
}

function* modelErrors(env: Env, settings: Checked, stored?: Stored): Generator<FieldError> {
  if (settings.model === undefined && settings.maxTokens === undefined) return;
  const model = settings.model ?? stored?.model;
  const maxTokens = settings.maxTokens ?? stored?.maxTokens;
  if (model === undefined) return;
  const checked = gatewayFor(env).check(model, "text");
  if ("problem" in checked) {
    if (settings.model !== undefined) yield { path: "model", message: checked.problem };
    return;
  }
  const { id, maxOutputTokens: most } = checked.model;
  if (maxTokens === undefined || most === null || maxTokens <= most) return;
  yield settings.maxTokens === undefined
    ? { path: "model", message: `${id} writes at most ${most} tokens, and maxTokens is ${maxTokens}` }
    : { path: "maxTokens", message: `${id} writes at most ${most} tokens` };
}

function* toolErrors(env: Env, { tools }: Checked): Generator<FieldError> {
  const available = availableTools(env);
  const broken = toolsProblem(env);
  for (const [index, name] of (tools ?? []).entries()) {
    if (available.has(name)) continue;
    const message = `there is no tool ${name}; there are ${[...available.keys()].join(", ")}`;
    yield { path: `tools.${index}`, message: broken === null ? message : `${message}. ${broken}` };
  }
}
