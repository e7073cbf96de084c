/** What a request says in its head that it would like. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { accepts } from "hono/accepts";

/** `Cache-Control`, as {@link wantsFresh} reads it. */
export const FreshHeaders = z.object({
  "cache-control": z.string().optional().meta({
    description: "With `no-cache` or `no-store`, no answer is from the cache and none is kept.",
    example: "no-cache",
  }),
});

/** `Accept`, as {@link prefers} reads it. */
export const acceptHeader = (type: string, otherwise: string) => ({
  accept: z
    .string()
    .optional()
    .meta({
      description: `\`${type}\` where it is preferred (RFC 9110); ${otherwise} otherwise.`,
      example: type,
    }),
});

/** `Prefer`, as {@link prefersAsync} reads it. */
export const preferHeader = {
  prefer: z.string().optional().meta({
    description: "`respond-async` (RFC 7240): answer before the work is done.",
    example: "respond-async",
  }),
};

/** Whether a caller would rather have `type` than `instead`, which also is what those get who do not say (RFC 9110 §12.5.1). */
export const prefers = (c: Context, type: string, instead = "application/json"): boolean =>
  accepts(c, { header: "Accept", supports: [instead, type], default: instead }) === type;

/** The names in a list of directives, in lower case; commas within quotes part nothing. */
const namesIn = (list: string | undefined): string[] =>
  Array.from((list ?? "").matchAll(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g), ([directive]) =>
    directive.split(/[=;]/, 1).join("").trim().toLowerCase(),
  );

/** Whether a caller would rather be answered before the work is done (RFC 7240 §4.1). */
export const prefersAsync = (c: Context): boolean =>
  namesIn(c.req.header("prefer")).includes("respond-async");

/** Whether a caller wants an answer of now, and none from a cache (RFC 9111 §5.2.1). */
export const wantsFresh = (c: Context): boolean =>
  namesIn(c.req.header("cache-control")).some((name) => name === "no-cache" || name === "no-store");
