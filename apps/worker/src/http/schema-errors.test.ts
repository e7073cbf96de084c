import { CreateExecution } from "@orrery/protocol";
import { expect, test } from "vitest";
import { z } from "zod";
import { toFieldErrors } from "./schema-errors.ts";

const errorsOf = (schema: z.ZodType, value: unknown) => {
  const { error } = schema.safeParse(value);
  if (error === undefined) throw new Error("the schema takes it");
  return toFieldErrors(error);
};

test("paths lead through objects and lists", () => {
  const schema = z.object({ tools: z.array(z.object({ name: z.string() })) });
  expect(errorsOf(schema, { tools: [{ name: "a" }, { name: 1 }] })).toMatchObject([{ path: "tools.1.name" }]);
});

test("unknown fields are named one by one", () => {
  expect(errorsOf(z.strictObject({}), { a: 1, b: 2 })).toEqual([
    { path: "a", message: "There is no such field" },
    { path: "b", message: "There is no such field" },
  ]);
});

test("of a union, the branch that was meant is explained", () => {
  expect(errorsOf(CreateExecution, { input: [{ type: "text", text: "" }] })).toMatchObject([
    { path: "input.0.text" },
  ]);
  expect(errorsOf(CreateExecution, { input: "" })).toMatchObject([{ path: "input" }]);
});

test("what was sent is not repeated, and a flood is cut", () => {
  const schema = z.array(z.email());
  const errors = errorsOf(
    schema,
    Array.from({ length: 500 }, () => "hunter2"),
  );
  expect(errors).toHaveLength(20);
  expect(JSON.stringify(errors)).not.toContain("hunter2");
});
