/** What the routes of this domain share. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type CreateExecution, DocumentId, Id } from "@orrery/protocol";
import { sha256 } from "../security/index.ts";
import type { AppEnv } from "../security/index.ts";
import type { IdempotencyKey } from "./idempotency-keys.ts";

export const AgentParams = z.object({ agentId: Id });
export const ExecutionParams = z.object({ executionId: Id });
export const DocumentParams = z.object({ agentId: Id, documentId: DocumentId });
export const SessionParams = z.object({ agentId: Id, sessionId: Id });

/**
 * The caller's idempotency key with the hash of what it stands for, in whatever form the answer is to come. What is kept
 * names the caller and the key by their hash: another caller's key of the same text is another key.
 */
export async function idempotencyKey(
  c: Context<AppEnv>,
  { stream: _form, ...asked }: CreateExecution,
): Promise<IdempotencyKey | undefined> {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return undefined;
  const bytes = new TextEncoder().encode(JSON.stringify(asked));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return {
    key: sha256(JSON.stringify([c.var.identity.subject, key])),
    requestHash: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""),
  };
}
