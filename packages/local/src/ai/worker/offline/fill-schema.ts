/**
 * Values for a JSON Schema, taken from a text where it holds them and else the least that is valid.
 * Source: https://json-schema.org/draft/2020-12/json-schema-validation
 */
import type { JsonSchema } from "../text/request.ts";
import { pairsIn, Said } from "./said.ts";
import { sentencesOf } from "./words.ts";

/** Deeper schemas repeat themselves. */
const maxDepth = 12;

/** Values, choices and required names of one schema that are looked at, and characters that texts are made longer by. */
const mostSteps = 100_000;
const mostPadding = 1_000_000;

export interface Filled {
  value: unknown;
  /** Whether the text held it, and all that is required of it. */
  found: boolean;
}

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);

class Filling {
  readonly #root: JsonSchema;
  readonly #said: Said;
  /** By schema: with what it refers to put in its place, and its parts put together. */
  readonly #resolved = new Map<JsonSchema, JsonSchema>();
  #stepsLeft = mostSteps;
  #paddingLeft = mostPadding;

  constructor(root: JsonSchema, text: string) {
    this.#root = root;
    this.#said = new Said(text);
  }

  fill(given: unknown, name: string, depth = 0): Filled {
    if (depth > maxDepth || !this.#take(1)) return { value: null, found: false };
    const schema = this.#resolve(given, depth);
    if ("const" in schema) return { value: schema["const"], found: true };
    if (Array.isArray(schema["enum"])) return this.#choice(schema["enum"], name);
    const options = schema["anyOf"] ?? schema["oneOf"];
    if (Array.isArray(options)) {
      const filled = options.map((option) => this.fill(option, name, depth + 1));
      return (
        filled.find(({ found, value }) => found && value !== null) ??
        filled[0] ?? { value: null, found: false }
      );
    }
    switch (this.#typeOf(schema)) {
      case "object":
        return this.#object(schema, depth);
      case "array":
        return this.#array(schema, name, depth);
      case "integer":
      case "number":
        return this.#number(schema, name);
      case "boolean":
        return this.#boolean(name);
      case "null":
        return { value: null, found: true };
      default:
        return this.#string(schema, name);
    }
  }

  /** Whether there are so many steps left: what a schema asks for beyond them is left empty. */
  #take(steps: number): boolean {
    this.#stepsLeft -= steps;
    return this.#stepsLeft >= 0;
  }

  #resolve(given: unknown, depth: number): JsonSchema {
    if (!isObject(given)) return {};
    const known = this.#resolved.get(given);
    if (known !== undefined) return known;
    // Met again while it is being resolved, it adds nothing to itself.
    this.#resolved.set(given, {});
    const resolved = this.#followed(given, depth);
    this.#resolved.set(given, resolved);
    return resolved;
  }

  #followed(given: JsonSchema, depth: number): JsonSchema {
    const reference = given["$ref"];
    if (typeof reference === "string" && reference.startsWith("#") && depth <= maxDepth) {
      let target: unknown = this.#root;
      for (const key of reference.slice(1).split("/").filter(Boolean)) {
        target = isObject(target) ? target[key.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
      }
      return this.#resolve(target, depth + 1);
    }
    const parts = given["allOf"];
    if (!Array.isArray(parts) || depth > maxDepth) return given;
    const merged: Record<string, unknown> = { ...given };
    const properties: Record<string, unknown> = { ...propertiesOf(given) };
    const required = new Set(requiredOf(given));
    for (const part of parts) {
      const one = this.#resolve(part, depth + 1);
      Object.assign(merged, one);
      Object.assign(properties, propertiesOf(one));
      for (const name of requiredOf(one)) required.add(name);
    }
    return { ...merged, properties, required: [...required] };
  }

  #typeOf(schema: JsonSchema): unknown {
    const type = schema["type"];
    if (Array.isArray(type)) return type.find((one) => one !== "null") ?? "null";
    if (type !== undefined) return type;
    if (isObject(schema["properties"])) return "object";
    return schema["items"] === undefined ? "string" : "array";
  }

  #choice(values: readonly unknown[], name: string): Filled {
    const wanted = this.#said.named(name)?.toLowerCase();
    const value = this.#take(values.length)
      ? (values.find((one) => String(one).toLowerCase() === wanted) ??
        values.find((one) => this.#said.holds(String(one))))
      : undefined;
    return { value: value ?? values[0] ?? null, found: value !== undefined };
  }

  /** What is required, and of the rest what the text holds. */
  #object(schema: JsonSchema, depth: number): Filled {
    const required = new Set(requiredOf(schema));
    const value: Record<string, unknown> = {};
    let found = true;
    for (const [name, property] of Object.entries(propertiesOf(schema))) {
      const filled = this.fill(property, name, depth + 1);
      if (!required.has(name) && !filled.found) continue;
      value[name] = filled.value;
      if (required.has(name)) found &&= filled.found;
    }
    if (this.#take(required.size)) for (const name of required) value[name] ??= null;
    return { value, found };
  }

  #array(schema: JsonSchema, name: string, depth: number): Filled {
    const least = numberOf(schema["minItems"]) ?? 0;
    const most = numberOf(schema["maxItems"]) ?? Infinity;
    const prefix = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"] : [];
    const items: unknown[] = prefix.map((item) => this.fill(item, name, depth + 1).value);
    const item = this.#resolve(schema["items"], depth);
    const list = this.#said.namedList(name);
    if (this.#typeOf(item) === "string" && !Array.isArray(item["enum"]) && list !== null) {
      for (const one of list) items.push(one);
    }
    const found = items.length > 0;
    while (items.length < Math.min(least, most) && this.#stepsLeft > 0)
      items.push(this.fill(schema["items"], name, depth + 1).value);
    return { value: items.slice(0, most), found };
  }

  #number(schema: JsonSchema, name: string): Filled {
    const said = Number.parseFloat(this.#said.named(name) ?? "");
    let value = Number.isNaN(said) ? this.#said.number() : said;
    const found = value !== undefined;
    value ??= 0;
    if (this.#typeOf(schema) === "integer") value = Math.round(value);
    const step = numberOf(schema["multipleOf"]);
    if (step !== null && step > 0) value = Math.round(value / step) * step;
    const above = numberOf(schema["exclusiveMinimum"]);
    const below = numberOf(schema["exclusiveMaximum"]);
    if (above !== null && value <= above) value = above + (step ?? 1);
    if (below !== null && value >= below) value = below - (step ?? 1);
    return {
      value: Math.min(
        Math.max(value, numberOf(schema["minimum"]) ?? value),
        numberOf(schema["maximum"]) ?? Infinity,
      ),
      found,
    };
  }

  #boolean(name: string): Filled {
    const said = this.#said.named(name)?.toLowerCase() ?? "";
    if (/^(?:true|yes|on)\b/.test(said)) return { value: true, found: true };
    if (/^(?:false|no|off)\b/.test(said)) return { value: false, found: true };
    return { value: false, found: false };
  }

  #string(schema: JsonSchema, name: string): Filled {
    const formatted = this.#said.formatted(schema["format"]);
    const matched = formatted === null ? this.#said.words(name) : formatted.found;
    let value = matched ?? formatted?.least ?? "";
    const most = numberOf(schema["maxLength"]);
    if (most !== null) value = value.slice(0, most);
    return { value: this.#padded(value, numberOf(schema["minLength"]) ?? 0), found: matched !== null };
  }

  #padded(value: string, least: number): string {
    const missing = least - value.length;
    if (missing <= 0) return value;
    this.#paddingLeft -= missing;
    return this.#paddingLeft < 0 ? value : value.padEnd(least, "-");
  }
}

const propertiesOf = (schema: JsonSchema): JsonSchema =>
  isObject(schema["properties"]) ? schema["properties"] : {};

const requiredOf = (schema: JsonSchema): string[] =>
  Array.isArray(schema["required"]) ? schema["required"].filter((name) => typeof name === "string") : [];

/**
 * A value that the schema allows, as far as its types, choices, bounds and required properties go, and as far as it
 * asks for no more than an answer can hold.
 */
export const fillSchema = (schema: JsonSchema, text: string): Filled =>
  new Filling(schema, text).fill(schema, "value");

/** For a schema that says nothing: the lines "name: value" of a text, or its first sentences. */
export function looseObject(text: string): Record<string, unknown> {
  const pairs = pairsIn(text);
  return pairs.length > 0 ? Object.fromEntries(pairs) : { sentences: sentencesOf(text).slice(0, 3) };
}
