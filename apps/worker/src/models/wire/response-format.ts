/** Answers in JSON: what several wires need to ask for them. */
import type { ResponseFormat } from "../contract.ts";
import { at, isObject, textAt } from "./json.ts";

/** Keywords that OpenAI's constrained decoding understands; with any other it refuses the request. */
const strictKeywords: ReadonlySet<string> = new Set([
  "$schema",
  "$id",
  "$defs",
  "definitions",
  "$ref",
  "title",
  "description",
  "type",
  "enum",
  "const",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "anyOf",
  "pattern",
  "format",
  "multipleOf",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minItems",
  "maxItems",
]);

const strictFormats: ReadonlySet<unknown> = new Set([
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uuid",
]);

const deepestStrict = 10;

/**
 * Whether `strict` may be asked for with this schema: an object at the root, every object closed and all of
 * its properties required, and no keyword but those that are understood. Where not, the schema still guides.
 * Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function permitsStrict(schema: Record<string, unknown>): boolean {
  return schema["type"] === "object" && schema["anyOf"] === undefined && isStrict(schema, 0);
}

function isStrict(schema: unknown, depth: number): boolean {
  if (!isObject(schema) || depth > deepestStrict) return false;
  if (Object.keys(schema).some((keyword) => !strictKeywords.has(keyword))) return false;
  if (schema["format"] !== undefined && !strictFormats.has(schema["format"])) return false;
  const nested = [schema["items"], ...listOf(schema["anyOf"]), ...valuesOf(schema["$defs"])];
  const all = [...nested, ...valuesOf(schema["definitions"]), ...valuesOf(schema["properties"])];
  if (all.some((inner) => inner !== undefined && !isStrict(inner, depth + 1))) return false;
  if (schema["type"] !== "object" && schema["properties"] === undefined) return true;
  const required = new Set(listOf(schema["required"]));
  return (
    schema["additionalProperties"] === false &&
    isObject(schema["properties"]) &&
    Object.keys(schema["properties"]).every((key) => required.has(key))
  );
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const valuesOf = (value: unknown): unknown[] => (isObject(value) ? Object.values(value) : []);

/** The same wish in words, for models that are told of it in no other way. */
export const inWords = (format: ResponseFormat): string =>
  "Answer with nothing but one JSON value, without a code fence, that follows this JSON Schema:\n" +
  JSON.stringify(format.schema);

/** `format` in the shape that OpenAI gave the chat-completions wire. */
export const chatResponseFormat = ({ name, schema }: ResponseFormat): Record<string, unknown> => ({
  type: "json_schema",
  json_schema: { name, schema, strict: permitsStrict(schema) },
});

const wordsOf = (error: unknown): string => textAt(error, "message") ?? "";

/** Whether an upstream's refusal is about the form of the answer, and not about the rest of the request. */
export const refusesFormat = (error: unknown): boolean =>
  at(error, "code") === "upstream_failed" &&
  at(error, "retryable") === false &&
  /response_?format|json_?schema|json_?object|structured output|guided/i.test(wordsOf(error));

/** Whether a refusal of the form is about this very schema: another may be taken. */
export const refusesSchema = (error: unknown): boolean =>
  /invalid[\s_](?:json[\s_]?)?schema|unsupported keyword|failed to (?:compile|convert|parse)/i.test(
    wordsOf(error),
  );
