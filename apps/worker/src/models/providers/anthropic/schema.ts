/**
 * JSON Schemas as Anthropic's structured outputs take them.
 * Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
import { isObject } from "../../wire/json.ts";

/** Keywords that are passed on as they are. */
const kept: ReadonlySet<string> = new Set([
  "type",
  "title",
  "description",
  "const",
  "default",
  "required",
  "$ref",
]);

/** Keywords that only narrow: the wire refuses them, so they are said in words, and checked by whoever asked. */
const said: ReadonlySet<string> = new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
]);

const formats: ReadonlySet<unknown> = new Set([
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "uri",
  "ipv4",
  "ipv6",
  "uuid",
]);

/** Properties that may be absent, in the whole schema: with more the wire refuses it as too complex. */
const mostOptional = 24;

/**
 * The schema with nothing in it that is refused, or null where that would change which answers follow it: a
 * map, an open value, a recursion, a condition.
 */
export function anthropicSchema(schema: Record<string, unknown>): Record<string, unknown> | null {
  if (schema["type"] !== "object" || refersToItself(schema)) return null;
  const adapted = adapt(schema);
  if (adapted === null || optionalIn(adapted) > mostOptional) return null;
  return adapted;
}

function adapt(schema: unknown): Record<string, unknown> | null {
  if (!isObject(schema)) return null;
  const adapted: Record<string, unknown> = {};
  const words: string[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (kept.has(keyword)) adapted[keyword] = value;
    else if (said.has(keyword)) words.push(`${keyword}: ${JSON.stringify(value)}`);
    else if (keyword === "format") {
      if (formats.has(value)) adapted["format"] = value;
      else words.push(`format: ${JSON.stringify(value)}`);
    } else if (keyword === "enum") {
      if (!Array.isArray(value) || value.some((item) => typeof item === "object" && item !== null))
        return null;
      adapted["enum"] = value;
    } else if (keyword === "items") {
      const items = adapt(value);
      if (items === null) return null;
      adapted["items"] = items;
    } else if (keyword === "anyOf" || keyword === "oneOf") {
      const choices = Array.isArray(value) ? value.map(adapt) : [null];
      if (choices.includes(null)) return null;
      adapted["anyOf"] = choices;
    } else if (keyword === "properties" || keyword === "$defs" || keyword === "definitions") {
      const inner = adaptAll(value);
      if (inner === null) return null;
      adapted[keyword] = inner;
    } else if (keyword === "additionalProperties") {
      // Left open by saying nothing, an object may be closed; said to be open, it may not.
      if (value !== false) return null;
    } else if (
      keyword !== "$schema" &&
      keyword !== "$id" &&
      keyword !== "$comment" &&
      keyword !== "examples"
    ) {
      return null;
    }
  }
  if (schema["type"] === "object" || isObject(schema["properties"])) {
    if (!isObject(schema["properties"])) return null;
    adapted["additionalProperties"] = false;
  }
  const means = ["type", "const", "enum", "anyOf", "$ref", "properties"].some(
    (keyword) => keyword in adapted,
  );
  if (!means) return null;
  if (words.length > 0) {
    adapted["description"] = [adapted["description"], words.join(", ")]
      .filter((part) => typeof part === "string")
      .join(" — ");
  }
  return adapted;
}

function adaptAll(schemas: unknown): Record<string, unknown> | null {
  if (!isObject(schemas)) return null;
  const adapted = Object.entries(schemas).map(([key, schema]) => [key, adapt(schema)] as const);
  return adapted.some(([, schema]) => schema === null) ? null : Object.fromEntries(adapted);
}

/** Whether a reference can be followed back to itself, or leads out of the schema. */
function refersToItself(schema: Record<string, unknown>): boolean {
  const definitions = new Map<string, unknown>(
    ["$defs", "definitions"].flatMap((place) =>
      isObject(schema[place])
        ? Object.entries(schema[place]).map(([name, inner]) => [`#/${place}/${name}`, inner] as const)
        : [],
    ),
  );
  const circular = (value: unknown, above: readonly string[]): boolean => {
    if (Array.isArray(value)) return value.some((item) => circular(item, above));
    if (!isObject(value)) return false;
    const reference = value["$ref"];
    if (typeof reference === "string") {
      if (above.includes(reference) || !definitions.has(reference)) return true;
      return circular(definitions.get(reference), [...above, reference]);
    }
    return Object.values(value).some((inner) => circular(inner, above));
  };
  return circular(schema, []);
}

function optionalIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + optionalIn(item), 0);
  if (!isObject(value)) return 0;
  const inner = Object.values(value).reduce<number>((sum, item) => sum + optionalIn(item), 0);
  if (!isObject(value["properties"])) return inner;
  const required = new Set(Array.isArray(value["required"]) ? value["required"] : []);
  return inner + Object.keys(value["properties"]).filter((key) => !required.has(key)).length;
}
