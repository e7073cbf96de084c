import type { KeyRingObject } from "./key-ring-object.ts";

/** Calls of a workspace's key-ring object: as it says them, since the types of RPC know no JWK. */
export type KeyRing = Pick<KeyRingObject, "list" | "find" | "create" | "rotate" | "retire" | "remove">;

export const keyRingOf = (env: Env, workspaceId: string): KeyRing => env.KEYRINGS.getByName(workspaceId);
