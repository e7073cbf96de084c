/** What lies on disk sealed, and what is sent encrypted. */

/** In a workspace's key-ring object: the versions of its data key, wrapped. */
export { DataKeyStore } from "./data-key-store.ts";
export type { WrappedKey } from "./wrapping.ts";
/** The deployment's KEY_ENCRYPTION_KEY, parsed. */
export { keyEncryptionKeysOf } from "./key-encryption-keys.ts";
/** In any isolate: a workspace's vault, under a lease. */
export { vaultFor } from "./leased-vaults.ts";
/** JWE to and for a workspace's agents and peers. */
export { messageEncryption } from "./message-encryption.ts";
/** `/workspace-key`. */
export { workspaceKeyRoutes } from "./workspace-key-routes.ts";
