import { OrreryError } from "@orrery/protocol";
import type { Keyring } from "./contract.ts";

const missing = (): Promise<never> =>
  Promise.reject(new OrreryError("conflict", "This deployment has no KEY_ENCRYPTION_KEY, which keys need"));

/** The keys of a workspace, as this isolate uses them. Costs nothing to make. */
export function keyringFor(_env: Env, _workspaceId: string): Keyring {
  return {
    signMessage: missing,
    verifyMessage: (message) => (message["signature"] === undefined ? Promise.resolve(null) : missing()),
    encryptTo: missing,
    canEncryptTo: () => Promise.resolve(false),
    decryptFor: missing,
    vault: missing,
  };
}
