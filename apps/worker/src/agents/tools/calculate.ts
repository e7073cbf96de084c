import { z } from "zod";
import { evaluate } from "./calculate-expression.ts";
import { defineTool } from "./define-tool.ts";

/** Answers `{expression, result, exact}`; the result is decimal text, so that no digit is lost on the way. */
export const calculate = defineTool({
  name: "calculate",
  description:
    "Evaluates arithmetic: + - * / % ^ ! and parentheses, percentages (15% of 80), functions (sqrt, round, min, max, avg, ln, log, sin, …) and the constants pi and e. Exact where it can be.",
  effect: "read",
  input: z.strictObject({
    expression: z.string().trim().min(1).max(2_000).describe("For example (1200 - 5%) * 3"),
  }),
  run: async ({ expression }) => {
    const { text, exact } = evaluate(expression);
    return { expression, result: text, exact };
  },
});
