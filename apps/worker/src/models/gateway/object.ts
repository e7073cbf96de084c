/** Answers that are objects: asked for by schema, checked, and sent back once where they do not follow it. */
import { Validator } from "@cfworker/json-schema";
import type { ModelMessage } from "ai";
import type { RouteDecision } from "@orrery/protocol";
import { ModelError } from "../contract.ts";
import type { ModelRequest, ObjectCall, ObjectMade } from "../contract.ts";
import type { GatewayParts } from "./parts.ts";
import { runStep } from "./step.ts";

/** Errors that are shown to the model, and to whoever asked. */
const errorsShown = 5;

type Step = Omit<ObjectMade, "object">;

/** @throws ModelError */
export async function runObject(parts: GatewayParts, call: ObjectCall): Promise<ObjectMade> {
  const validator = validatorOf(call.responseFormat.schema);
  const first = await runToEnd(parts, { ...call, tools: [] });
  const read = readObject(first.text, validator);
  if ("object" in read) return { ...first, object: read.object };
  const repair: ModelMessage[] = [
    { role: "assistant", content: first.text },
    {
      role: "user",
      content: `That does not follow the schema: ${read.problem}. Answer again with nothing but JSON that does.`,
    },
  ];
  const second = await runToEnd(parts, {
    ...call,
    callId: `${call.callId}/repair`,
    messages: [...call.messages, ...repair],
    tools: [],
  });
  const repaired = readObject(second.text, validator);
  const calls = [...first.calls, ...second.calls];
  if ("object" in repaired) return { ...second, calls, object: repaired.object };
  throw new ModelError(
    "upstream_failed",
    `${second.model} did not follow the schema, nor after it was told so: ${repaired.problem}`,
    { retryable: false },
  );
}

function validatorOf(schema: Record<string, unknown>): Validator {
  try {
    return new Validator(schema, "2020-12", false);
  } catch (cause) {
    throw notASchema(cause);
  }
}

/** @throws ModelError for what only shows in use: a reference that leads nowhere, a pattern that is none. */
function checked(validator: Validator, object: unknown): ReturnType<Validator["validate"]> {
  try {
    return validator.validate(object);
  } catch (cause) {
    throw notASchema(cause);
  }
}

const notASchema = (cause: unknown): ModelError =>
  new ModelError("invalid_request", "The schema is not a JSON Schema.", { retryable: false, cause });

/** The object in an answer: the whole of it, or what stands between code fences, as models often write. */
function readObject(text: string, validator: Validator): { object: unknown } | { problem: string } {
  const fenced = /^\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*$/s.exec(text);
  let object: unknown;
  try {
    object = JSON.parse(fenced?.[1] ?? text);
  } catch {
    return { problem: "it is not JSON" };
  }
  const { valid, errors } = checked(validator, object);
  if (valid) return { object };
  const told = errors
    // Each error is followed by those of the schemas around it, which say nothing more.
    .filter((error) => error.keyword !== "properties" && error.keyword !== "items")
    .slice(0, errorsShown)
    .map(({ instanceLocation, error }) => `${instanceLocation.replace(/^#/, "") || "/"}: ${error}`);
  return { problem: told.join("; ") };
}

async function runToEnd(parts: GatewayParts, request: ModelRequest): Promise<Step> {
  let text = "";
  let route: RouteDecision | null = null;
  const calls: Step["calls"] = [];
  const filtered: Step["filtered"] = [];
  for await (const event of runStep(parts, request)) {
    if (event.type === "text") text += event.text;
    else if (event.type === "restart") text = "";
    else if (event.type === "route") route = event.decision;
    else if (event.type === "call") calls.push(event.call);
    else if (event.type === "filtered") filtered.push(...event.findings);
    else if (event.type === "finish") {
      return { text, route, calls, filtered, model: event.model, extractive: event.extractive };
    }
  }
  throw new Error("the gateway ended a step without finishing it");
}
