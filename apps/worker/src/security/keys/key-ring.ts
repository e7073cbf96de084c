import type { KeyRingObject } from "./key-ring-object.ts";

/** Calls of a workspace's key-ring object. */
export type KeyRing = Pick<KeyRingObject, "list" | "find" | "create" | "rotate" | "retire" | "remove">;

/** JWKs have members of any kind, for which the types of RPC have no name; JSON passes as it is. */
export const keyRingOf = (env: Env, workspaceId: string): KeyRing =>
  env.KEYRINGS.getByName(workspaceId) as unknown as KeyRing;
