/** Answers that are objects: asked for by schema, checked, and sent back once where they do not follow it. */
import type { ModelMessage } from "ai";
import type { RouteDecision } from "@orrery/protocol";
import { ModelError } from "../contract.ts";
import type { ModelRequest, ObjectCall, ObjectMade } from "../contract.ts";
import { readCallersSchema, SchemaRefused, TooManySteps } from "../../schemas/index.ts";
import type { SchemaCheck } from "../../schemas/index.ts";
import type { GatewayParts } from "./parts.ts";
import { runStep } from "./step.ts";

type Step = Omit<ObjectMade, "object">;

/** @throws ModelError */
export async function runObject(parts: GatewayParts, call: ObjectCall): Promise<ObjectMade> {
  const check = await checkOf(call.responseFormat.schema);
  const first = await runToEnd(parts, { ...call, tools: [] });
  const read = readObject(first.text, check);
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
  const repaired = readObject(second.text, check);
  const calls = [...first.calls, ...second.calls];
  if ("object" in repaired) return { ...second, calls, object: repaired.object };
  throw new ModelError(
    "upstream_failed",
    `${second.model} did not follow the schema, nor after it was told so: ${repaired.problem}`,
    { retryable: false },
  );
}

/** @throws ModelError for a schema that is none, or that answers cannot be held to here */
async function checkOf(schema: Record<string, unknown>): Promise<SchemaCheck> {
  try {
    return await readCallersSchema(schema);
  } catch (cause) {
    if (!(cause instanceof SchemaRefused)) throw cause;
    throw notTaken(`The schema cannot be used. ${cause.message}.`, cause);
  }
}

const notTaken = (message: string, cause: Error): ModelError =>
  new ModelError("invalid_request", message, { retryable: false, cause });

/**
 * The object in an answer: the whole of it, or what stands between code fences, as models often write.
 * @throws ModelError where it and the schema together are too much to go through
 */
function readObject(text: string, check: SchemaCheck): { object: unknown } | { problem: string } {
  let object: unknown;
  try {
    object = JSON.parse(withoutFences(text));
  } catch {
    return { problem: "it is not JSON" };
  }
  try {
    const problems = check(object);
    if (problems.length === 0) return { object };
    return { problem: problems.map(({ path, message }) => `${path || "/"}: ${message}`).join("; ") };
  } catch (cause) {
    if (!(cause instanceof TooManySteps)) throw cause;
    throw notTaken("The answer takes too many steps to check: ask for less, or by a simpler schema.", cause);
  }
}

function withoutFences(text: string): string {
  const bare = text.trim();
  const opening = /^```(?:json)?[^\S\n]*\n/.exec(bare)?.[0];
  if (opening === undefined || !bare.endsWith("```")) return bare;
  return bare.slice(opening.length, -"```".length);
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
