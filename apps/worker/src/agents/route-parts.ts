/** What the routes of this domain share. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { Id, Problem } from "@orrery/protocol";
import type { AppEnv } from "../security/index.ts";
import type { IdempotencyKey } from "./idempotency-keys.ts";

export const AgentParams = z.object({ agentId: Id });
export const ExecutionParams = z.object({ executionId: Id });
export const SessionParams = z.object({ agentId: Id, sessionId: Id });

export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

export const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: Problem } },
});

/** Answers that any route of an agent may give. */
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

/** The caller's idempotency key with the hash of the request it stands for. */
export async function idempotencyKey(c: Context<AppEnv>, body: unknown): Promise<IdempotencyKey | undefined> {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return undefined;
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { key, requestHash: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}
