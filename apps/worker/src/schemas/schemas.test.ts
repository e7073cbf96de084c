import { Validator } from "@cfworker/json-schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCallersSchema, readOperatorsSchema, SchemaRefused, TooManySteps } from "./index.ts";

const refusal = async (schema: unknown): Promise<string> =>
  await readCallersSchema(schema).then(
    () => "it was taken",
    (error: unknown) => (error instanceof SchemaRefused ? error.message : `not refused: ${String(error)}`),
  );

const keys = fc.constantFrom("a", "b", "c", "constructor");
const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    1,
    2.5,
    -3,
    1e21,
    0.3,
    "",
    "a",
    "ab",
    "é",
    "😀x",
    "2026-11-30",
  ),
  fc.string({ maxLength: 4 }),
);
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 3 }),
  ),
}));

const small = fc.nat(3);
const optional = (shape: Record<string, fc.Arbitrary<unknown>>) => fc.record(shape, { requiredKeys: [] });

const { schema: anySchema } = fc.letrec<{ schema: unknown }>((tie) => {
  const schemas = fc.array(tie("schema"), { minLength: 1, maxLength: 3 });
  const named = fc.dictionary(keys, tie("schema"), { maxKeys: 3 });
  return {
    schema: fc.oneof(
      { depthSize: "small" },
      fc.boolean(),
      optional({
        type: fc.oneof(
          fc.constantFrom("object", "array", "string", "number", "integer", "boolean", "null"),
          fc.constant(["string", "null"]),
        ),
        enum: fc.array(anyValue, { maxLength: 3 }),
        minimum: fc.integer({ min: -4, max: 4 }),
        exclusiveMaximum: fc.integer({ min: -4, max: 4 }),
        multipleOf: fc.constantFrom(0.1, 1, 2.5),
        minLength: small,
        maxLength: small,
        pattern: fc.constantFrom("^a", "b$", "^(a|b)*$", "[^a]", "\\d{2}", "é"),
        format: fc.constantFrom("date", "email", "uuid", "no-such-format"),
      }),
      optional({ const: anyValue }),
      optional({
        properties: named,
        patternProperties: fc.dictionary(fc.constantFrom("^a", "b"), tie("schema"), { maxKeys: 2 }),
        additionalProperties: tie("schema"),
        unevaluatedProperties: tie("schema"),
        required: fc.uniqueArray(keys, { maxLength: 2 }),
        minProperties: small,
        maxProperties: small,
        propertyNames: tie("schema"),
        dependentRequired: fc.dictionary(keys, fc.array(keys, { maxLength: 2 }), { maxKeys: 2 }),
        dependentSchemas: named,
      }),
      optional({
        prefixItems: schemas,
        items: tie("schema"),
        minItems: small,
        maxItems: small,
        uniqueItems: fc.boolean(),
      }),
      optional({ contains: tie("schema"), minContains: fc.integer({ min: 1, max: 3 }), maxContains: small }),
      optional({ allOf: schemas, anyOf: schemas, oneOf: schemas, not: tie("schema") }),
      // oxlint-disable-next-line unicorn/no-thenable -- it is a keyword of schemas
      optional({ if: tie("schema"), then: tie("schema"), else: tie("schema") }),
      fc.constantFrom({ $ref: "#/$defs/x" }, { $ref: "#/$defs/y~1z" }),
    ),
  };
});

describe("a schema", () => {
  it("is followed by the values that follow it for a validator of the field's", async () => {
    await fc.assert(
      fc.asyncProperty(anySchema, anySchema, anySchema, anyValue, async (schema, x, y, value) => {
        // Definitions stand beside what refers to them, and refer to nothing that could lead back.
        const plain = (one: unknown): unknown =>
          JSON.parse(JSON.stringify(one).replaceAll(/\{"\$ref":"[^"]*"\}/g, "{}")) as unknown;
        const whole: object = { $defs: { x: plain(x), "y/z": plain(y) }, allOf: [schema] };
        const { valid } = new Validator(structuredClone(whole), "2020-12", false).validate(value);
        const check = await readCallersSchema(whole);
        expect(check(value).length === 0).toBe(valid);
      }),
      { numRuns: 2000 },
    );
  });

  it("is followed or not, with the place and what is wrong there", async () => {
    const check = await readCallersSchema({
      type: "object",
      properties: { "a/b": { type: "array", items: { type: "integer", maximum: 3 } }, c: { pattern: "^x" } },
      required: ["c"],
    });
    expect(check({ "a/b": [1, 7, "2"] })).toEqual([
      { path: "/a~1b/1", message: "7 is not at most 3" },
      { path: "/a~1b/2", message: "is a text, and should be an integer" },
      { path: "", message: "lacks the property c" },
    ]);
    expect(check({ c: "y" })).toEqual([{ path: "/c", message: "does not match ^x" }]);
    expect(check({ c: "x" })).toEqual([]);
  });

  it("names five problems at most, however much is wrong", async () => {
    const check = await readCallersSchema({ items: { type: "integer" } });
    expect(check(Array.from({ length: 1000 }, () => "x".repeat(1000)))).toHaveLength(5);
  });

  it.each([
    ["a reference that leads nowhere", { $ref: "#/nowhere" }, "leads nowhere"],
    ["a reference out of it", { $ref: "https://example.com/schema" }, "#/$defs/name"],
    ["what is no schema", { properties: { a: 1 } }, "/properties/a: expected a schema"],
    ["what is no regular expression", { pattern: "(" }, "no regular expression"],
    ["a pattern with a look-around", { pattern: "^(?!a)" }, "leave it out"],
    ["a pattern with a reference", { pattern: "(a)\\1" }, "leave it out"],
    ["a long pattern", { pattern: "a".repeat(1001) }, "1000 characters"],
    ["a pattern that is unfolded", { pattern: "(?:a{40}){20}b{1000}" }, "repeat"],
    ["a list that no answer has", { minItems: 50_000_000 }, "10000"],
    ["an object that no answer has", { minProperties: 50_000_000 }, "10000"],
    [
      "a text that no answer has",
      { properties: { a: { minLength: 50_000_000 } } },
      "/properties/a/minLength",
    ],
    ["itself without an end", { allOf: [{ anyOf: [{ $ref: "#" }] }] }, "without an end"],
    ["what is not followed", { $dynamicRef: "#x" }, "not followed"],
  ])("is refused with the place and the reason for %s", async (_, schema, reason) => {
    expect(await refusal(schema)).toContain(reason);
  });

  it("is refused where its references stand for more schemas than anyone writes", async () => {
    const doubling = (levels: number): object =>
      Object.fromEntries(
        Array.from({ length: levels }, (_, level) => {
          const next = { $ref: `#/$defs/d${level + 1}` };
          return [`d${level}`, level === levels - 1 ? { type: "string" } : { allOf: [next, next] }];
        }),
      );
    expect(await refusal({ $ref: "#/$defs/d0", $defs: doubling(10) })).toBe("it was taken");
    expect(await refusal({ $ref: "#/$defs/d0", $defs: doubling(27) })).toContain("100000 schemas");
  });

  it("is read to the end of long chains of references, or refused", async () => {
    const chain = (length: number): object => ({
      $ref: "#/$defs/d0",
      $defs: Object.fromEntries(
        Array.from({ length }, (_, at) => [
          `d${at}`,
          at === length - 1 ? {} : { items: { $ref: `#/$defs/d${at + 1}` } },
        ]),
      ),
    });
    expect(await refusal(chain(500))).toBe("it was taken");
    expect(await refusal(chain(50_000))).toContain("follow too many others");
  });

  it("may hold itself, as trees do", async () => {
    const check = await readCallersSchema({
      type: "object",
      properties: { name: { type: "string" }, children: { type: "array", items: { $ref: "#" } } },
      required: ["name"],
    });
    expect(check({ name: "a", children: [{ name: "b", children: [{ name: "c" }] }] })).toEqual([]);
    expect(check({ name: "a", children: [{ name: "b", children: [{}] }] })[0]?.path).toBe(
      "/children/0/children/0",
    );
  });
});

describe("a value and a schema that together are endless work", () => {
  const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth)) as unknown;
  const twice = { allOf: [{ items: { $ref: "#" } }, { items: { $ref: "#" } }] };

  it.each([
    ["a schema that holds itself twice", twice, nested(60)],
    ["a value of any depth", { items: { $ref: "#" } }, nested(100_000)],
    [
      "many schemas for many items",
      { allOf: Array.from({ length: 2_000 }, () => ({ items: { type: "integer" } })) },
      Array.from({ length: 50_000 }, () => 1),
    ],
    [
      "many schemas for a long text",
      { allOf: Array.from({ length: 3_000 }, (_, at) => ({ maxLength: 10_000_000 + at })) },
      "a".repeat(4_000_000),
    ],
    ["a pattern of many instructions", { items: { pattern: "^(?:a?){400}b" } }, ["a".repeat(1_000_000)]],
    ["a deep constant", { enum: [[1]] }, nested(100_000)],
  ])("are given up within the steps that there are: %s", async (_, schema, value) => {
    const check = await readCallersSchema(schema);
    expect(() => check(value)).toThrow(TooManySteps);
  });

  it("are gone through where the work is in proportion to them", async () => {
    const evil = await readCallersSchema({ type: "string", pattern: "^(a+)+$" });
    expect(evil("a".repeat(100_000))).toEqual([]);
    expect(evil(`${"a".repeat(100_000)}!`)).toHaveLength(1);
    const set = await readCallersSchema({ uniqueItems: true, items: { type: "object" } });
    const items = Array.from({ length: 100_000 }, (__, at) => ({ at }));
    expect(set(items)).toEqual([]);
    expect(set([...items, { at: 7 }])).toHaveLength(1);
    const map = await readCallersSchema({ additionalProperties: false, properties: { a: {} } });
    expect(map(Object.fromEntries(items.map(({ at }) => [`k${at}`, 1])))).toHaveLength(5);
  });
});

describe("a schema of whoever runs the platform", () => {
  it("has its patterns run as they are", () => {
    const check = readOperatorsSchema({ properties: { a: { pattern: "^(?!b)" } } });
    expect(check({ a: "c" })).toEqual([]);
    expect(check({ a: "b" })).toHaveLength(1);
  });
});
