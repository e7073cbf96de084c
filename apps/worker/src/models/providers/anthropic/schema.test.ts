import { describe, expect, it } from "vitest";
import { anthropicSchema } from "./schema.ts";

describe("anthropicSchema", () => {
  it("closes objects, and says in words what the wire refuses", () => {
    expect(
      anthropicSchema({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        properties: {
          name: { type: "string", minLength: 2, description: "The full name." },
          born: { type: "string", format: "date" },
          site: { type: "string", format: "hostname-idn" },
          tags: { type: "array", items: { type: "string" }, maxItems: 3 },
          size: { oneOf: [{ type: "integer", minimum: 1 }, { const: null }] },
        },
        required: ["name"],
      }),
    ).toEqual({
      type: "object",
      properties: {
        name: { type: "string", description: "The full name. — minLength: 2" },
        born: { type: "string", format: "date" },
        site: { type: "string", description: 'format: "hostname-idn"' },
        tags: { type: "array", items: { type: "string" }, description: "maxItems: 3" },
        size: { anyOf: [{ type: "integer", description: "minimum: 1" }, { const: null }] },
      },
      required: ["name"],
      additionalProperties: false,
    });
  });

  const withProperty = (schema: unknown, more = {}) => ({
    type: "object",
    properties: { a: schema },
    ...more,
  });

  it.each([
    ["a map", withProperty({ type: "object", additionalProperties: { type: "string" } })],
    ["an object that says that it is open", withProperty({ type: "string" }, { additionalProperties: true })],
    ["an object that says nothing", withProperty({ type: "object" })],
    ["a value that may be anything", withProperty({})],
    ["objects to choose from", withProperty({ enum: [{ b: 1 }] })],
    ["a condition", withProperty({ type: "string" }, { if: {} })],
    ["a list at the root", { type: "array", items: { type: "string" } }],
    [
      "a recursion",
      withProperty({ $ref: "#/$defs/node" }, { $defs: { node: withProperty({ $ref: "#/$defs/node" }) } }),
    ],
    ["a reference to elsewhere", withProperty({ $ref: "https://example.com/schema" })],
    [
      "too many properties that may be absent",
      {
        type: "object",
        properties: Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`p${i}`, { type: "string" }])),
      },
    ],
  ])("gives up on %s", (_, schema) => {
    expect(anthropicSchema(schema)).toBeNull();
  });

  it("follows references that end", () => {
    expect(
      anthropicSchema(withProperty({ $ref: "#/$defs/x" }, { $defs: { x: { type: "string" } } })),
    ).not.toBeNull();
  });
});
