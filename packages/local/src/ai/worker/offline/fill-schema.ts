/**
 * Values for a JSON Schema, taken from a text where it holds them and else the least that is valid.
 * Source: https://json-schema.org/draft/2020-12/json-schema-validation
 */
import type { JsonSchema } from "../text/request.ts";
import { sentencesOf, wordsOf } from "./words.ts";

/** Deeper schemas repeat themselves. */
const maxDepth = 12;

export interface Filled {
  value: unknown;
  /** Whether the text held it, and all that is required of it. */
  found: boolean;
}

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** `unitPrice` and `unit_price` are written "unit price". */
const spoken = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase();

/** What follows "name:", "name =" or "name is" in the text. */
function named(name: string, text: string): string | null {
  const label = escaped(spoken(name)).replaceAll(" ", "[ _-]?");
  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}])${label}["']?\\s*(?:[:=]|\\bis\\b|\\bof\\b|\\bnamed\\b|\\bcalled\\b)\\s*(?:"([^"\\n]+)"|'([^'\\n]+)'|([^\\n,;]+?)(?=[.!?]?(?:\\s+and\\s|[,;\\n]|\\s*$|[.!?]\\s)))`,
    "iu",
  );
  const match = pattern.exec(text);
  return match?.[1] ?? match?.[2] ?? match?.[3]?.trim() ?? null;
}

/** What follows "tags:", up to the end of the sentence or to the next name. */
function namedList(name: string, text: string): string[] | null {
  const label = escaped(spoken(name).replace(/s$/, "")).replaceAll(" ", "[ _-]?");
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${label}s?["']?\\s*[:=]\\s*([^\\n.;]+)`, "iu");
  const [, said] = pattern.exec(text) ?? [];
  const items = said?.replace(/,\s*[\p{L}_ ]+[:=].*$/u, "").split(/\s*,\s*(?:and\s+)?|\s+and\s+/);
  return items?.map((item) => item.trim()).filter((item) => item !== "") ?? null;
}

const formats: Record<string, { pattern: RegExp; least: string }> = {
  email: { pattern: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/, least: "unknown@example.com" },
  uri: { pattern: /\bhttps?:\/\/[^\s"'<>)]+/, least: "https://example.com/" },
  url: { pattern: /\bhttps?:\/\/[^\s"'<>)]+/, least: "https://example.com/" },
  date: { pattern: /\b\d{4}-\d{2}-\d{2}\b/, least: "1970-01-01" },
  "date-time": {
    pattern: /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})/,
    least: "1970-01-01T00:00:00Z",
  },
  time: { pattern: /\b\d{2}:\d{2}(?::\d{2})?\b/, least: "00:00:00Z" },
  uuid: {
    pattern: /\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b/i,
    least: "00000000-0000-0000-0000-000000000000",
  },
};

/** A place, a person, a day: what stands after a small word, or with a capital inside a sentence. */
function properName(text: string): string | null {
  const after =
    /\b(?:in|for|at|from|to|of|about|near)\s+(?:the\s+)?(\p{Lu}[\p{L}\p{N}'’-]*(?:\s+\p{Lu}[\p{L}\p{N}'’-]*)*)/u.exec(
      text,
    );
  if (after?.[1] !== undefined) return after[1];
  return /(?<=[\p{Ll},]\s)(\p{Lu}[\p{L}\p{N}'’-]*(?:\s+\p{Lu}[\p{L}\p{N}'’-]*)*)/u.exec(text)?.[1] ?? null;
}

const takesWholeText = /^(?:query|q|question|prompt|text|input|message|search|content|topic|request|task)$/i;

class Filling {
  readonly #root: JsonSchema;
  readonly #text: string;
  /** Numbers of the text that no value has taken yet. */
  readonly #numbers: number[];

  constructor(root: JsonSchema, text: string) {
    this.#root = root;
    this.#text = text;
    this.#numbers = (text.match(/(?<![\p{L}\d.])-?\d+(?:[.,]\d+)?(?![\p{L}\d])/gu) ?? []).map((digits) =>
      Number(digits.replace(",", ".")),
    );
  }

  fill(given: unknown, name: string, depth = 0): Filled {
    const schema = this.#resolve(given, depth);
    if (depth > maxDepth) return { value: null, found: false };
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

  #resolve(given: unknown, depth: number): JsonSchema {
    if (!isObject(given)) return {};
    const reference = given["$ref"];
    if (typeof reference === "string" && reference.startsWith("#") && depth <= maxDepth) {
      let target: unknown = this.#root;
      for (const key of reference.slice(1).split("/").filter(Boolean)) {
        target = isObject(target) ? target[key.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
      }
      return this.#resolve(target, depth + 1);
    }
    const parts = given["allOf"];
    if (!Array.isArray(parts)) return given;
    return parts.reduce<JsonSchema>((merged, part) => {
      const one = this.#resolve(part, depth + 1);
      return {
        ...merged,
        ...one,
        properties: { ...propertiesOf(merged), ...propertiesOf(one) },
        required: [...requiredOf(merged), ...requiredOf(one)],
      };
    }, given);
  }

  #typeOf(schema: JsonSchema): unknown {
    const type = schema["type"];
    if (Array.isArray(type)) return type.find((one) => one !== "null") ?? "null";
    if (type !== undefined) return type;
    if (isObject(schema["properties"])) return "object";
    return schema["items"] === undefined ? "string" : "array";
  }

  #choice(values: readonly unknown[], name: string): Filled {
    const wanted = named(name, this.#text)?.toLowerCase();
    const said = new Set(wordsOf(this.#text));
    const value =
      values.find((one) => String(one).toLowerCase() === wanted) ??
      values.find(
        (one) => wordsOf(String(one)).length > 0 && wordsOf(String(one)).every((word) => said.has(word)),
      );
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
    for (const name of required) value[name] ??= null;
    return { value, found };
  }

  #array(schema: JsonSchema, name: string, depth: number): Filled {
    const least = numberOf(schema["minItems"]) ?? 0;
    const most = numberOf(schema["maxItems"]) ?? Infinity;
    const prefix = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"] : [];
    const items: unknown[] = prefix.map((item) => this.fill(item, name, depth + 1).value);
    const item = this.#resolve(schema["items"], depth);
    const list = namedList(name, this.#text);
    if (this.#typeOf(item) === "string" && !Array.isArray(item["enum"]) && list !== null) items.push(...list);
    const found = items.length > 0;
    while (items.length < Math.min(least, most))
      items.push(this.fill(schema["items"], name, depth + 1).value);
    return { value: items.slice(0, most), found };
  }

  #number(schema: JsonSchema, name: string): Filled {
    const said = Number.parseFloat(named(name, this.#text) ?? "");
    let value = Number.isNaN(said) ? this.#numbers.shift() : said;
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
    const said = named(name, this.#text)?.toLowerCase() ?? "";
    if (/^(?:true|yes|on)\b/.test(said)) return { value: true, found: true };
    if (/^(?:false|no|off)\b/.test(said)) return { value: false, found: true };
    return { value: false, found: false };
  }

  #string(schema: JsonSchema, name: string): Filled {
    const format = formats[String(schema["format"])];
    const matched = format === undefined ? this.#words(name) : (format.pattern.exec(this.#text)?.[0] ?? null);
    let value = matched ?? format?.least ?? "";
    const most = numberOf(schema["maxLength"]);
    if (most !== null) value = value.slice(0, most);
    return { value: value.padEnd(numberOf(schema["minLength"]) ?? 0, "-"), found: matched !== null };
  }

  #words(name: string): string | null {
    const said = named(name, this.#text);
    if (said !== null) return said;
    const quoted = /"([^"\n]{1,500})"|“([^”\n]{1,500})”/u.exec(this.#text);
    if (quoted) return quoted[1] ?? quoted[2] ?? null;
    if (takesWholeText.test(name)) return this.#text.trim() || null;
    return properName(this.#text);
  }
}

const propertiesOf = (schema: JsonSchema): JsonSchema =>
  isObject(schema["properties"]) ? schema["properties"] : {};

const requiredOf = (schema: JsonSchema): string[] =>
  Array.isArray(schema["required"]) ? schema["required"].filter((name) => typeof name === "string") : [];

/** A value that the schema allows, as far as its types, choices, bounds and required properties go. */
export const fillSchema = (schema: JsonSchema, text: string): Filled =>
  new Filling(schema, text).fill(schema, "value");

/** For a schema that says nothing: the lines "name: value" of a text, or its first sentences. */
export function looseObject(text: string): Record<string, unknown> {
  const pairs = [...text.matchAll(/^\s*["']?([\p{L}][\p{L}\p{N} _-]{0,40})["']?\s*[:=]\s*(.+?)\s*,?$/gmu)];
  if (pairs.length > 0) return Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, value]));
  return { sentences: sentencesOf(text).slice(0, 3) };
}
