/** Keywords for any value, and for texts and numbers. Source: JSON Schema Validation, draft 2020-12, sections 6 and 7. */
import { format as formats } from "@cfworker/json-schema";
import { canonicalText } from "./canonical-text.ts";
import type { Keyword } from "./contract.ts";

/** Characters that a text may be asked to have at least. */
const mostAsked = 100_000;

/** Characters of a text that are looked at in one step. */
const perStep = 64;

/** Formats whose expressions take time in proportion to the text; any other says what is meant, and is not checked. */
const checkedFormats: ReadonlySet<string> = new Set([
  "date",
  "time",
  "date-time",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uri",
  "uri-reference",
  "uuid",
  "json-pointer",
  "relative-json-pointer",
]);

/** Longer texts are of none of those formats. */
const longestFormatted = 8_000;

const articles: Readonly<Record<string, string>> = {
  object: "an object",
  array: "a list",
  integer: "an integer",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  null: "null",
};

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

const isOf = (type: string, value: unknown): boolean =>
  type === "integer" ? Number.isInteger(value) : type === typeOf(value);

const named = (type: string): string => articles[type] ?? type;

const shown = (value: unknown): string => (JSON.stringify(value) ?? "").slice(0, 200);

/** For numbers alone. */
const numeric =
  (holds: (value: number, limit: number) => boolean, words: string): Keyword =>
  (given, at) => {
    const limit = at.number(given);
    return (value, run) =>
      typeof value !== "number" || holds(value, limit) || run.fail(`${value} is not ${words} ${limit}`);
  };

/** The characters of a text, of which JSON Schema counts those of two units once. */
function lengthOf(text: string): number {
  let length = text.length;
  for (let at = 1; at < text.length; at += 1) {
    const isLow = (text.charCodeAt(at) & 0xfc00) === 0xdc00;
    if (isLow && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800) length -= 1;
  }
  return length;
}

const sized =
  (holds: (length: number, limit: number) => boolean, words: string, most?: number): Keyword =>
  (given, at) => {
    const limit = at.count(given, most);
    return (value, run) => {
      if (typeof value !== "string") return true;
      run.steps.take(value.length / perStep);
      const length = lengthOf(value);
      return holds(length, limit) || run.fail(`has ${length} characters, and ${words} ${limit} are allowed`);
    };
  };

/** Decimal digits without a point, and the power of ten that they are multiplied by. */
function decimal(value: number): [digits: bigint, power: number] {
  const [coefficient = "0", exponent = "0"] = String(Math.abs(value)).split("e");
  const [whole = "0", fraction = ""] = coefficient.split(".");
  return [BigInt(whole + fraction), Number(exponent) - fraction.length];
}

/** As decimals: 0.3 is a multiple of 0.1. */
function isMultiple(value: number, divisor: number): boolean {
  const [digits, power] = decimal(value);
  const [ofDivisor, powerOfDivisor] = decimal(divisor);
  const scale = 10n ** BigInt(Math.abs(power - powerOfDivisor));
  return power >= powerOfDivisor ? (digits * scale) % ofDivisor === 0n : digits % (ofDivisor * scale) === 0n;
}

export const scalarKeywords: Readonly<Record<string, Keyword>> = {
  type: (given, at) => {
    const types = Array.isArray(given) ? at.names(given) : [at.text(given)];
    for (const type of types) if (!Object.hasOwn(articles, type)) at.refuse(`there is no type ${type}`);
    return (value, run) =>
      types.some((type) => isOf(type, value)) ||
      run.fail(`is ${named(typeOf(value))}, and should be ${types.map(named).join(" or ")}`);
  },
  enum: (given, at) => {
    if (!Array.isArray(given)) return at.refuse("expected a list");
    const texts = new Set(given.map((value) => at.canonical(value)));
    return (value, run) =>
      texts.has(canonicalText(value, run.steps)) || run.fail(`is none of ${shown(given)}`);
  },
  const: (given, at) => {
    const text = at.canonical(given);
    return (value, run) => canonicalText(value, run.steps) === text || run.fail(`is not ${shown(given)}`);
  },
  minimum: numeric((value, limit) => value >= limit, "at least"),
  maximum: numeric((value, limit) => value <= limit, "at most"),
  exclusiveMinimum: numeric((value, limit) => value > limit, "more than"),
  exclusiveMaximum: numeric((value, limit) => value < limit, "less than"),
  multipleOf: (given, at) => {
    if (!(at.number(given) > 0)) return at.refuse("expected a number above 0");
    return numeric(isMultiple, "a multiple of")(given, at);
  },
  minLength: sized((length, limit) => length >= limit, "no fewer than", mostAsked),
  maxLength: sized((length, limit) => length <= limit, "at most"),
  pattern: (given, at) => {
    const source = at.text(given);
    const holds = at.pattern(source);
    return (value, run) =>
      typeof value !== "string" || holds(value, run.steps) || run.fail(`does not match ${source}`);
  },
  format: (given, at) => {
    const name = at.text(given);
    const holds = checkedFormats.has(name) ? formats[name] : undefined;
    if (holds === undefined) return null;
    return (value, run) => {
      if (typeof value !== "string") return true;
      run.steps.take(value.length / perStep);
      return (value.length <= longestFormatted && holds(value)) || run.fail(`is no ${name}`);
    };
  },
};
