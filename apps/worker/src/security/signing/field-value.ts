/** Values of covered fields (RFC 9421 §2.1). */
import {
  isInnerList,
  parseDictionary,
  parseItem,
  parseList,
  serializeByteSequence,
  serializeDictionary,
  serializeInnerList,
  serializeItem,
  serializeList,
} from "structured-headers";
import type { Component } from "./component.ts";
import type { Fields } from "./message-parts.ts";

export type StructuredType = "dictionary" | "list" | "item";

/** Fields that are known to be structured, by their lower-case names. */
export type StructuredFields = Readonly<Record<string, StructuredType>>;

/** The types that RFCs give to fields which are worth a signature. */
export const structuredFields: StructuredFields = {
  "accept-signature": "dictionary",
  "cache-status": "list",
  "cdn-cache-control": "dictionary",
  "client-cert": "item",
  "client-cert-chain": "list",
  "content-digest": "dictionary",
  priority: "dictionary",
  "proxy-status": "list",
  "repr-digest": "dictionary",
  signature: "dictionary",
  "signature-input": "dictionary",
  "want-content-digest": "dictionary",
  "want-repr-digest": "dictionary",
};

/** Why a component has no value; whoever asked says what that means. */
export class NoValue extends Error {}

/**
 * White space at both ends goes, and a folded line is one line (RFC 9421 §2.1). Runs of white space are looked at from
 * their beginning alone: whoever sends a header may make it as long as headers can be.
 */
const canonicalLine = (line: string): string =>
  line.replace(/^[ \t]+|(?<![ \t\r\n])[ \t\r\n]+$/g, "").replace(/(?<![ \t])[ \t]*\r?\n[ \t]+/g, " ");

function reserialised(value: string, type: StructuredType): string {
  if (type === "dictionary") return serializeDictionary(parseDictionary(value));
  if (type === "list") return serializeList(parseList(value));
  return serializeItem(parseItem(value));
}

function member(value: string, key: string): string {
  const found = parseDictionary(value).get(key);
  if (found === undefined) throw new NoValue(`the dictionary has no member ${key}`);
  return isInnerList(found) ? serializeInnerList(found) : serializeItem(found);
}

/** Bytes of a field's line: Fetch gives each byte as one character. */
const bytesOf = (line: string): Uint8Array => Uint8Array.from(line, (character) => character.charCodeAt(0));

/** @throws NoValue where the field is not there, or not of the form that its parameters ask for */
export function fieldValue(
  { name, parameters }: Component,
  fields: Fields,
  structured: StructuredFields,
): string {
  const lines = fields(name)?.map(canonicalLine);
  if (lines === undefined) throw new NoValue(`there is no field ${name}`);
  const key = parameters.get("key");
  const strict = parameters.has("sf");
  if (parameters.has("bs")) {
    if (strict || key !== undefined) throw new NoValue("bs goes with neither sf nor key");
    return lines.map((line) => serializeByteSequence(bytesOf(line))).join(", ");
  }
  const value = lines.join(", ");
  if (key === undefined && !strict) return value;
  const type = Object.hasOwn(structured, name) ? structured[name] : undefined;
  if (type === undefined) throw new NoValue(`${name} is not known to be a structured field`);
  if (key !== undefined && type !== "dictionary") throw new NoValue(`${name} is no dictionary`);
  try {
    return typeof key === "string" ? member(value, key) : reserialised(value, type);
  } catch (error) {
    if (error instanceof NoValue) throw error;
    throw new NoValue(`${name} is not well formed`, { cause: error });
  }
}
