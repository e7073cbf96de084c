/** The shape of the `HTTP_TOOLS` variable. */
import { z } from "zod";
import { readOperatorsSchema, SchemaRefused } from "../../schemas/index.ts";

const address = z.url({ protocol: /^https?$/, error: "expected an http or https address" });

const HttpToolSettings = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "expected a name such as write_ledger"),
  description: z.string().min(1).max(4_000),
  inputSchema: z
    .record(z.string(), z.unknown())
    .refine((schema) => schema["type"] === "object", 'expected a JSON Schema with "type": "object"')
    .superRefine((schema, context) => {
      try {
        readOperatorsSchema(schema);
      } catch (error) {
        if (!(error instanceof SchemaRefused)) throw error;
        context.addIssue({ code: "custom", message: `cannot be used (${error.message})` });
      }
    }),
  url: address,
  effect: z.enum(["read", "repeatable", "once"]),
  headers: z.record(z.string().regex(/^[\w-]+$/), z.string()).default({}),
  timeoutMs: z.number().int().min(1).max(600_000).default(30_000),
  reconcileUrl: address.optional(),
  /** Whether requests are signed with the workspace's key (RFC 9421). */
  sign: z.boolean().default(false),
});
export type HttpToolSettings = z.infer<typeof HttpToolSettings>;

const listBeside = (taken: readonly string[]) =>
  z.array(HttpToolSettings).superRefine((tools, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of tools.entries()) {
      const problem = taken.includes(name) ? "is a built-in tool" : seen.has(name) ? "is there twice" : null;
      if (problem)
        context.addIssue({ code: "custom", path: [index, "name"], message: `"${name}" ${problem}` });
      seen.add(name);
    }
  });

/**
 * Reads the variable; `taken` are names that tools already have. @throws Error that names every wrong field; the variable's values, which may hold
 * secrets, are not in it
 */
export function parseHttpTools(config: string, taken: readonly string[]): HttpToolSettings[] {
  let json: unknown;
  try {
    json = JSON.parse(config);
  } catch {
    // The parser's own message quotes the text, and the text may hold a secret.
    throw new Error("HTTP_TOOLS is not JSON.");
  }
  const parsed = listBeside(taken).safeParse(json);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(
    ({ path, message }) => `${path.length > 0 ? path.join(".") : "value"}: ${message}`,
  );
  throw new Error(`HTTP_TOOLS is not valid: ${issues.join("; ")}.`);
}
