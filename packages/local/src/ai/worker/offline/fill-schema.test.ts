import fc from "fast-check";
import { Validator } from "@cfworker/json-schema";
import { describe, expect, it } from "vitest";
import { fillSchema, looseObject } from "./fill-schema.ts";

const fill = (properties: object, text: string, required = Object.keys(properties)): unknown =>
  fillSchema({ type: "object", properties, required }, text).value;

describe("filling a schema from a text", () => {
  it("takes what the text says by name, in any of the usual ways", () => {
    const text = 'Customer: Ada Lovelace, unit price = 19.5, the city is Turin and "in stock": yes';
    expect(
      fill(
        {
          customer: { type: "string" },
          unitPrice: { type: "number" },
          city: { type: "string" },
          in_stock: { type: "boolean" },
        },
        text,
      ),
    ).toEqual({ customer: "Ada Lovelace", unitPrice: 19.5, city: "Turin", in_stock: true });
  });

  it.each([
    [{ type: "string", format: "email" }, "Write to ada@example.org today", "ada@example.org"],
    [{ type: "string", format: "date" }, "Due on 2026-12-01.", "2026-12-01"],
    [
      { type: "string", format: "uri" },
      "See https://example.com/a?b=1 for more",
      "https://example.com/a?b=1",
    ],
    [{ enum: ["low", "high"] }, "This has high priority", "high"],
    [{ type: ["integer", "null"] }, "There are 12 of them", 12],
    [{ anyOf: [{ type: "null" }, { type: "string" }] }, 'It is called "Blue"', "Blue"],
    [{ type: "array", items: { type: "string" } }, "values: red, green and blue", ["red", "green", "blue"]],
  ])("finds %j", (schema, text, value) => {
    expect(fill({ value: schema }, text)).toEqual({ value });
  });

  it("leaves out what is not required and not said, and follows references", () => {
    const schema = {
      type: "object",
      properties: { place: { $ref: "#/$defs/place" }, note: { type: "integer" } },
      required: ["place"],
      $defs: { place: { type: "object", properties: { name: { type: "string" } }, required: ["name"] } },
    };
    expect(fillSchema(schema, "name: Bern")).toEqual({ value: { place: { name: "Bern" } }, found: true });
  });

  it("ends on schemas that hold themselves", () => {
    const node = { type: "object", properties: { next: { $ref: "#" } }, required: ["next"] };
    expect(fillSchema(node, "x").found).toBe(false);
  });

  const leaf = fc.oneof(
    fc.record({ type: fc.constant("string"), minLength: fc.nat(5) }, { requiredKeys: ["type"] }),
    fc.record(
      { type: fc.constant("integer"), minimum: fc.integer({ min: -9, max: 9 }) },
      { requiredKeys: ["type"] },
    ),
    fc.record(
      { type: fc.constant("number"), maximum: fc.integer({ min: -9, max: 9 }) },
      { requiredKeys: ["type"] },
    ),
    fc.record({ type: fc.constant("boolean") }),
    fc.record({ enum: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }) }),
    fc.record({ type: fc.constant("string"), format: fc.constantFrom("email", "date", "uri", "uuid") }),
  );
  const { schema: anySchema } = fc.letrec((tie) => ({
    schema: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("object")),
    list: fc.record({ type: fc.constant("array"), items: tie("schema"), minItems: fc.nat(2) }),
    object: fc
      .dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie("schema"), { maxKeys: 4 })
      .map((properties) => ({ type: "object", properties, required: Object.keys(properties) })),
  }));

  it("gives a value that the schema allows, whatever the text", () => {
    fc.assert(
      fc.property(anySchema, fc.string(), (schema, text) => {
        const { value } = fillSchema(schema as object as Record<string, unknown>, text);
        const result = new Validator(schema as object, "2020-12").validate(value);
        expect(result.errors).toEqual([]);
      }),
    );
  });
});

describe("JSON without a schema", () => {
  it("holds the text's own pairs, else its sentences", () => {
    expect(looseObject("name: Ada\nborn: 1815")).toEqual({ name: "Ada", born: "1815" });
    expect(looseObject("One. Two.")).toEqual({ sentences: ["One.", "Two."] });
  });
});
