/** What a text model is asked, in one form whatever form it came in. */
import * as z from "zod/mini";
import { AIError } from "../errors.ts";
import { parseInputs } from "../inputs.ts";
import type { Model } from "../models/model.ts";

const Part = z.looseObject({ type: z.string(), text: z.optional(z.string()) });
const Call = z.looseObject({
  id: z.optional(z.nullable(z.string())),
  name: z.optional(z.string()),
  arguments: z.optional(z.unknown()),
  function: z.optional(z.looseObject({ name: z.string(), arguments: z.optional(z.unknown()) })),
});

const MessageInput = z.object({
  role: z.string().check(z.minLength(1)),
  content: z.optional(z.nullable(z.union([z.string(), z.array(Part)]))),
  name: z.optional(z.string()),
  tool_calls: z.optional(z.nullable(z.array(Call))),
  tool_call_id: z.optional(z.string()),
});

const JsonSchemaInput = z.record(z.string(), z.unknown());

/** OpenAI's form, and the older one of Workers AI without the wrapping. */
const ToolInput = z.union([
  z.object({
    type: z.optional(z.string()),
    function: z.object({
      name: z.string().check(z.minLength(1)),
      description: z.optional(z.string()),
      parameters: z.optional(z.nullable(JsonSchemaInput)),
    }),
  }),
  z.object({
    name: z.string().check(z.minLength(1)),
    description: z.optional(z.string()),
    parameters: z.optional(z.nullable(JsonSchemaInput)),
  }),
]);

const Format = z.looseObject({
  type: z.enum(["text", "json_object", "json_schema"]),
  json_schema: z.optional(z.unknown()),
});

const options = {
  stream: z.optional(z.nullable(z.boolean())),
  raw: z.optional(z.boolean()),
  lora: z.optional(z.string()),
  max_tokens: z.optional(z.nullable(z.int().check(z.minimum(1)))),
  max_completion_tokens: z.optional(z.nullable(z.int().check(z.minimum(1)))),
  temperature: z.optional(z.nullable(z.number().check(z.minimum(0), z.maximum(5)))),
  top_p: z.optional(z.nullable(z.number().check(z.minimum(0), z.maximum(2)))),
  top_k: z.optional(z.nullable(z.number())),
  seed: z.optional(z.nullable(z.number())),
  stop: z.optional(z.nullable(z.union([z.string(), z.array(z.string())]))),
  repetition_penalty: z.optional(z.nullable(z.number())),
  frequency_penalty: z.optional(z.nullable(z.number())),
  presence_penalty: z.optional(z.nullable(z.number())),
  reasoning_effort: z.optional(z.nullable(z.string())),
  response_format: z.optional(z.nullable(Format)),
  tools: z.optional(z.nullable(z.array(ToolInput))),
  tool_choice: z.optional(
    z.nullable(
      z.union([
        z.enum(["auto", "none", "required", "any"]),
        z.object({ function: z.object({ name: z.string() }) }),
      ]),
    ),
  ),
};

const PromptInput = z.object({ ...options, prompt: z.string().check(z.minLength(1)) });
const MessagesInput = z.object({ ...options, messages: z.array(MessageInput).check(z.minLength(1)) });

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Message {
  role: string;
  /** The text of its parts; what is no text counts in `otherParts`. */
  text: string;
  otherParts: number;
  toolCallId: string | null;
  /** Names of the tools it calls, by the ids of the calls. */
  calls: readonly { id: string; name: string }[];
}

export interface Tool {
  name: string;
  description: string;
  parameters: JsonSchema;
}

export interface TextRequest {
  messages: readonly Message[];
  tools: readonly Tool[];
  toolChoice: "auto" | "none" | "required" | { name: string };
  /** `{}` where any object will do; null where text is wanted. */
  schema: JsonSchema | null;
  stream: boolean;
  maxTokens: number | null;
  /** The same in OpenAI's form, but for the model's name. */
  body: Readonly<Record<string, unknown>>;
}

/** What the models with the older form generate where the caller does not say. */
const defaultMaxTokens = 256;

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The schema itself, or in OpenAI's envelope. */
function schemaOf(format: z.output<typeof Format> | null | undefined): JsonSchema | null {
  if (format === null || format === undefined || format.type === "text") return null;
  const given = format.json_schema;
  if (!isObject(given)) return {};
  return isObject(given["schema"]) ? given["schema"] : given;
}

function messageOf(input: z.output<typeof MessageInput>): Message {
  const { role, content, tool_calls, tool_call_id } = input;
  const parts = Array.isArray(content) ? content : [];
  return {
    role,
    text: typeof content === "string" ? content : parts.flatMap(({ text }) => text ?? []).join("\n"),
    otherParts: parts.filter(({ type }) => type !== "text").length,
    toolCallId: tool_call_id ?? null,
    calls: (tool_calls ?? []).flatMap((call) => {
      const name = call.function?.name ?? call.name;
      return name === undefined ? [] : [{ id: call.id ?? "", name }];
    }),
  };
}

function toolOf(input: z.output<typeof ToolInput>): Tool {
  const { name, description, parameters } = "function" in input ? input.function : input;
  return {
    name,
    description: description ?? "",
    parameters: parameters ?? { type: "object", properties: {} },
  };
}

type Given = z.output<typeof MessagesInput>;

function choiceOf(choice: Given["tool_choice"]): TextRequest["toolChoice"] {
  if (choice === null || choice === undefined) return "auto";
  if (choice === "any") return "required";
  return typeof choice === "string" ? choice : { name: choice.function.name };
}

/** Copied to a server as they are. */
const passed = [
  "temperature",
  "top_p",
  "top_k",
  "seed",
  "stop",
  "repetition_penalty",
  "frequency_penalty",
  "presence_penalty",
  "reasoning_effort",
] as const satisfies readonly (keyof Given)[];

function bodyFor(
  given: Given,
  tools: readonly Tool[],
  request: Omit<TextRequest, "body">,
): TextRequest["body"] {
  const body: Record<string, unknown> = {
    messages: given.messages.map(({ tool_calls, ...message }) => ({
      ...message,
      ...(tool_calls && { tool_calls: tool_calls.map(openAICall) }),
    })),
    stream: true,
    stream_options: { include_usage: true },
  };
  for (const name of passed) if (given[name] !== undefined && given[name] !== null) body[name] = given[name];
  if (request.maxTokens !== null) body["max_tokens"] = request.maxTokens;
  if (tools.length > 0) {
    body["tools"] = tools.map((tool) => ({ type: "function", function: tool }));
    const { toolChoice } = request;
    body["tool_choice"] =
      typeof toolChoice === "string" ? toolChoice : { type: "function", function: toolChoice };
  }
  if (request.schema !== null) {
    body["response_format"] =
      Object.keys(request.schema).length === 0
        ? { type: "json_object" }
        : { type: "json_schema", json_schema: { name: "response", schema: request.schema } };
  }
  return body;
}

function openAICall(call: z.output<typeof Call>, index: number): object {
  const called = call.function ?? { name: call.name ?? "", arguments: call.arguments };
  const input = called.arguments ?? {};
  return {
    id: call.id ?? `call_${index}`,
    type: "function",
    function: { name: called.name, arguments: typeof input === "string" ? input : JSON.stringify(input) },
  };
}

/** @throws AIError 5005, 5006 */
export function parseTextRequest(model: Model, inputs: unknown): TextRequest {
  const given = givenOf(inputs);
  if (given.lora !== undefined) {
    throw new AIError(5005, `The model ${model.name} does not support LoRa inference`);
  }
  const tools = (given.tools ?? []).map(toolOf);
  const request: Omit<TextRequest, "body"> = {
    messages: given.messages.map(messageOf),
    tools,
    toolChoice: choiceOf(given.tool_choice),
    schema: schemaOf(given.response_format),
    stream: given.stream === true,
    maxTokens:
      given.max_completion_tokens ?? given.max_tokens ?? (model.wire === "native" ? defaultMaxTokens : null),
  };
  const { toolChoice } = request;
  if (typeof toolChoice === "object" && !tools.some(({ name }) => name === toolChoice.name)) {
    throw new AIError(5006, `Error: '/tool_choice/function/name': no tool is named '${toolChoice.name}'`);
  }
  return { ...request, body: bodyFor(given, tools, request) };
}

/** A prompt is the one message of a user. */
function givenOf(inputs: unknown): Given {
  if (!isObject(inputs)) throw new AIError(5006, "Error: Type mismatch of '/', not in 'object'");
  if (inputs["messages"] !== undefined) return parseInputs(MessagesInput, inputs);
  if (inputs["prompt"] === undefined) {
    throw new AIError(
      5006,
      "Error: oneOf at '/' not met, 0 matches: required properties at '/' are 'prompt', required properties at '/' are 'messages'",
    );
  }
  const { prompt, ...rest } = parseInputs(PromptInput, inputs);
  return { ...rest, messages: [{ role: "user", content: prompt }] };
}
