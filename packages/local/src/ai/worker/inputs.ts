/** Inputs are parsed once, here; what does not fit is told as Workers AI tells it. */
import type * as z from "zod/mini";
import { AIError } from "./errors.ts";

const pointer = (path: readonly PropertyKey[]): string => `/${path.map(String).join("/")}`;

const typeOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

const missing = (path: readonly PropertyKey[]): string =>
  `required properties at '${pointer(path.slice(0, -1))}' are '${String(path.at(-1) ?? "inputs")}'`;

function words(issue: z.core.$ZodIssue, input: unknown): string {
  const at = `'${pointer(issue.path)}'`;
  const given = valueAt(input, issue.path);
  switch (issue.code) {
    case "invalid_type":
      if (given === undefined) return missing(issue.path);
      return `Type mismatch of ${at}, '${typeOf(given)}' not in '${issue.expected}'`;
    case "invalid_union": {
      if (given === undefined) return missing(issue.path);
      // The form that was meant: what is wrong there is not the kind of value itself.
      const meant = issue.errors.find((issues) =>
        issues.every(({ code, path }) => code !== "invalid_type" || path.length > 0),
      );
      const inner = meant?.map((one) => words({ ...one, path: [...issue.path, ...one.path] }, input));
      return inner?.join(", ") ?? `oneOf at ${at} not met, 0 matches`;
    }
    case "too_small":
      return `${at} must NOT have fewer than ${issue.minimum} ${unitOf(issue.origin)}`;
    case "too_big":
      return `${at} must NOT have more than ${issue.maximum} ${unitOf(issue.origin)}`;
    case "invalid_value":
      return `${at} must be one of ${issue.values.map(String).join(", ")}`;
    default:
      return `${at}: ${issue.message}`;
  }
}

const unitOf = (origin: string): string =>
  origin === "array" ? "items" : origin === "string" ? "characters" : "as its value";

/** @throws AIError 5006 */
export function parseInputs<Schema extends z.ZodMiniType>(schema: Schema, inputs: unknown): z.output<Schema> {
  const parsed = schema.safeParse(inputs);
  if (parsed.success) return parsed.data;
  throw new AIError(5006, `Error: ${parsed.error.issues.map((issue) => words(issue, inputs)).join(", ")}`);
}

export const maxBodyBytes = 32 * 1024 * 1024;

/**
 * The text of a body, read no further than the limit.
 * @throws AIError 3006
 */
export async function readText(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw new AIError(3006, "Request is too large");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** @throws AIError 3003 */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AIError(3003, `Request is missing headers or body: ${what} is not JSON`, { cause });
  }
}
