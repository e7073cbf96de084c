/**
 * Bodies of kept answers. One that tells of a confidential agent is sealed under the workspace's key, as all that the
 * agent keeps is: when the key is destroyed, nobody reads it any more.
 */
import { OrreryError } from "@orrery/protocol";
import { base64url } from "jose";
import { type Vault, keyringFor } from "../security/index.ts";
import type { KeptBodies } from "./idempotent-answers.ts";

/** A body as it is, or sealed under the workspace's key, in base64url. */
export type KeptBody = string | { sealed: string };

const placeOf = (id: string): string => `idempotent-answers/${id}`;

/** Where the key is no more, what it sealed is as if it had never been said. */
async function unlessDestroyed(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OrreryError && error.code === "not_found") return "";
    throw error;
  }
}

/** Whether the index knows this agent as confidential; null where it knows no such agent. */
async function isConfidential(database: D1Database, agentId: string): Promise<boolean | null> {
  const row = await database
    .prepare("SELECT settings ->> '$.confidential' AS confidential FROM agents WHERE id = ?")
    .bind(agentId)
    .first<{ confidential: number | null }>();
  return row && row.confidential === 1;
}

export function keptBodies(env: Env, workspaceId: string): KeptBodies {
  const vault = (): Promise<Vault> => keyringFor(env, workspaceId).vault();
  return {
    async close(body, id, agentId) {
      if (agentId === undefined || body === "") return body;
      const confidential = await isConfidential(env.DB, agentId);
      if (confidential === null) return "";
      if (!confidential) return body;
      const plain = new TextEncoder().encode(body);
      const sealed = await unlessDestroyed(async () =>
        base64url.encode((await vault()).seal(plain, placeOf(id))),
      );
      return sealed === "" ? "" : { sealed };
    },
    async open(kept, id) {
      if (typeof kept === "string") return kept;
      return await unlessDestroyed(async () =>
        new TextDecoder().decode((await vault()).open(base64url.decode(kept.sealed), placeOf(id))),
      );
    },
  };
}
