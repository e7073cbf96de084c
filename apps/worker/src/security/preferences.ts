/** What a request says in its head that it would like. */
import type { Context } from "hono";
import { accepts } from "hono/accepts";

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
