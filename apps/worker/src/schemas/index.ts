/**
 * JSON Schemas that values are held to within a number of steps. Callers write schemas and models write values: both
 * together can ask for any amount of work in a few lines, which no timer would interrupt.
 */
import { SchemaRefused } from "./contract.ts";
import { linearPatterns, type PatternCompiler, trustedPatterns } from "./patterns.ts";
import { readSchema } from "./reader.ts";
import { type Problem, Run } from "./run.ts";
import { Steps, TooManySteps } from "./steps.ts";

/** Why a schema is not taken. */
export { SchemaRefused };
/** A value and its schema together are more work than is done for one. */
export { TooManySteps };
export type { Problem };

/** What is wrong with a value, the first five of it; empty where it follows the schema. @throws TooManySteps */
export type SchemaCheck = (value: unknown) => Problem[];

/** Steps that one value is given: far less than a second. */
const mostSteps = 5_000_000;
const problemsNamed = 5;

/** No pattern is asked for: none has to be loaded. */
const noPatterns: PatternCompiler = {
  compile: () => {
    throw new Error("patterns were not looked for");
  },
};

/**
 * Reads a schema that a caller gave. Its patterns are run by an engine of linear time.
 * @throws SchemaRefused with the place and what to do
 */
export async function readCallersSchema(schema: unknown): Promise<SchemaCheck> {
  const hasPatterns = JSON.stringify(schema).includes('"pattern');
  return checkWith(schema, hasPatterns ? await linearPatterns() : noPatterns);
}

/**
 * Reads a schema of whoever runs the platform, whose patterns are run as they are.
 * @throws SchemaRefused
 */
export const readOperatorsSchema = (schema: unknown): SchemaCheck => checkWith(schema, trustedPatterns);

function checkWith(schema: unknown, patterns: PatternCompiler): SchemaCheck {
  const node = readSchema(schema, patterns);
  return (value) => {
    const run = new Run(new Steps(mostSteps), problemsNamed);
    node.holds(value, run, null);
    return run.problems;
  };
}
