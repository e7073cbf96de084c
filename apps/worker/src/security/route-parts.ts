/** What routes of all domains share. */
import type { z } from "@hono/zod-openapi";
import { Problem } from "@orrery/protocol";

/** An answer in JSON. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

/** A header of an answer, as the document of the API tells of it. */
const header = (name: string, description: string) => ({
  [name]: { description, schema: { type: "string" as const } },
});

/** Headers of answers that more than one route gives. */
export const answerHeaders = {
  location: header("Location", "The address of what was made, from the root."),
  etag: header("ETag", "The state of the settings, for `If-Match`."),
  applied: header("Preference-Applied", "`respond-async`: the answer came before the work was done."),
};

/** An answer in JSON with what was made; `Location` is its address. */
export const created = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  ...json(schema, description),
  headers: { ...answerHeaders.location },
});

/** A request's body in JSON. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { "application/json": { schema } },
});

/** A refusal, as problem details. */
export const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: Problem } },
});

/** Refusals that any route behind a token may give. */
export const problems = {
  400: problem("The request is malformed."),
  401: problem("No valid token."),
  403: problem("The token lacks the scope."),
  404: problem("There is no such thing in this workspace."),
  422: problem("The request means something impossible; `errors` says where."),
  429: problem("Too many requests; wait `Retry-After` seconds."),
};

/** The data centre that took the request, by its IATA code, or `local` where there is no such thing. */
export function edgeLocation(request: Request): string {
  const colo = request.cf?.["colo"];
  return typeof colo === "string" && /^[A-Z]{3}$/.test(colo) ? colo : "local";
}
