import { expect, test } from "vitest";
import { z } from "zod";
import { fieldWords } from "./field-words.ts";

const said = (schema: z.ZodType, value: unknown): string[] =>
  schema.safeParse(value).error?.issues.map(({ message }) => fieldWords(message)) ?? [];

test("what a schema finds wrong is said in plain words", () => {
  const cases: [z.ZodType, unknown, string][] = [
    [z.string().min(1), "", "must not be empty"],
    [z.string().min(2), "x", "must have at least 2 characters"],
    [z.string().max(3), "long", "must have at most 3 characters"],
    [z.array(z.string()).max(1), ["a", "b"], "must have at most 1 item"],
    [z.number().min(0), -1, "must be 0 or more"],
    [z.number().positive(), 0, "must be more than 0"],
    [z.number().max(2), 3, "must be 2 or less"],
    [z.number().lt(2), 3, "must be less than 2"],
    [z.string(), undefined, "is missing"],
    [z.string(), 1, "must be a text, not a number"],
    [z.int(), 1.5, "must be a whole number, not a number"],
    [z.array(z.string()), {}, "must be a list, not an object"],
    [z.enum(["a", "b"]), "c", "must be one of a, b"],
    [z.uuid(), "x", "must be an id, such as 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87"],
    [z.url(), "x", "must be an address, such as https://example.com"],
    [z.iso.datetime(), "x", "must be a time, such as 2026-11-20T12:00:00Z"],
    [z.string().regex(/^[a-z]+$/), "1", "holds characters that are not allowed here"],
    [z.strictObject({}), { a: 1, b: 2 }, "has no field a, b"],
  ];
  for (const [schema, value, words] of cases) expect(said(schema, value)).toEqual([words]);
});

test("what somebody has written for the field is left as it is", () => {
  expect(fieldWords("a catalog id such as openai/gpt-5")).toBe("a catalog id such as openai/gpt-5");
});
