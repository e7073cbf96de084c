import { describe, expect, it } from "vitest";
import { ModelError } from "../contract.ts";
import { permitsStrict, refusesFormat, refusesSchema } from "./response-format.ts";

const closed = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

describe("permitsStrict", () => {
  it("takes closed objects whose properties are all required, at every depth", () => {
    expect(permitsStrict(closed({ name: { type: "string" }, age: { type: ["integer", "null"] } }))).toBe(
      true,
    );
    expect(permitsStrict(closed({ list: { type: "array", items: closed({ a: { enum: [1, 2] } }) } }))).toBe(
      true,
    );
    expect(permitsStrict({ ...closed({ a: { $ref: "#/$defs/x" } }), $defs: { x: closed({}) } })).toBe(true);
  });

  it.each([
    ["a property that may be absent", closed({ a: { type: "string" }, b: { type: "string" } }, ["a"])],
    ["an open object", { type: "object", properties: {}, required: [] }],
    ["an open object inside", closed({ a: { type: "object", properties: {}, required: [] } })],
    ["a list at the root", { type: "array", items: { type: "string" } }],
    ["a choice at the root", { ...closed({}), anyOf: [closed({})] }],
    ["a keyword that is not understood", closed({ a: { type: "string", minLength: 2 } })],
    ["a format that is not understood", closed({ a: { type: "string", format: "uri" } })],
    ["a map", closed({ a: { type: "object", additionalProperties: { type: "string" } } })],
  ])("does not take %s", (_, schema) => {
    expect(permitsStrict(schema)).toBe(false);
  });
});

const refusal = (message: string, retryable = false) =>
  new ModelError("upstream_failed", message, { retryable });

describe("refusesFormat", () => {
  it("knows a refusal of the form from any other", () => {
    expect(refusesFormat(refusal("lab refused the request (400): unknown field response_format"))).toBe(true);
    expect(refusesFormat(refusal("lab refused the request (400): the context is too long"))).toBe(false);
    expect(refusesFormat(refusal("lab failed with status 500: response_format", true))).toBe(false);
    expect(refusesFormat(new Error("response_format"))).toBe(false);
  });
});

describe("refusesSchema", () => {
  it.each([
    ["Invalid schema for response_format 'n': In context=(), 'type' is required", true],
    ["invalid_json_schema", true],
    ["response_format: failed to compile the grammar of this schema", true],
    ["unknown field response_format", false],
    ["This response_format type is unavailable now", false],
    ["Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model", false],
  ])("knows whether %j is about one schema", (message, expected) => {
    expect(refusesSchema(refusal(message))).toBe(expected);
  });
});
