/** What the rest of the platform asks of a workspace's keys. */
import type { PeerScope } from "@orrery/protocol";
import type { JweBinding } from "../encryption/jwe.ts";
import type { Reception } from "../signing/message-signature.ts";

/** For whom something is encrypted: one of our agents, or a peer by its name. */
export type Recipient = { agentId: string } | { peer: string };

/** Seals what lies on disk. Both are synchronous, so that they stand inside a transaction. */
export interface Vault {
  /** AES-256-GCM under the workspace's key; `place` binds it to where it lies (`executions/<id>/input`). */
  seal(plain: Uint8Array, place: string): Uint8Array;
  /** @throws OrreryError `not_found` where the workspace's key was destroyed, `internal` where it was altered or moved */
  open(sealed: Uint8Array, place: string): Uint8Array;
}

/** Who signed a message: a peer by its name, `agent:<id>` or `workspace`, and what the key may be used for. */
export interface MessageSigner {
  readonly keyId: string;
  readonly subject: string;
  /** Empty for all but peers. */
  readonly scopes: readonly PeerScope[];
}

export interface Keyring {
  /**
   * Adds `signature` to a message: a detached JWS over its canonical form (RFC 8785), with key id, time and nonce, and for
   * whom it is (`to`).
   */
  signMessage(
    message: Record<string, unknown>,
    signAs?: { agentId: string },
    to?: string,
  ): Promise<Record<string, unknown>>;
  /**
   * Who signed a message; null where it carries no signature.
   * @throws OrreryError `unauthenticated` with words that say what is wrong: altered, too old, seen before, unknown key,
   *   for somebody else
   */
  verifyMessage(
    message: Record<string, unknown>,
    seen: (nonce: string, expiresAt: number) => boolean,
    reception?: Omit<Reception, "now">,
  ): Promise<MessageSigner | null>;
  /** A compact JWE, bound to what it is of. @throws OrreryError `not_found` where the recipient has no key */
  encryptTo(recipient: Recipient, plain: Uint8Array, binding?: JweBinding): Promise<string>;
  /** Whether something can be encrypted to them. */
  canEncryptTo(recipient: Recipient): Promise<boolean>;
  /** @throws OrreryError `invalid_request` where it is not to this agent, was altered, or its key is gone */
  decryptFor(agentId: string, jwe: string): Promise<Uint8Array>;
  /** The workspace's vault; made at first use. @throws OrreryError `conflict` where no KEY_ENCRYPTION_KEY is set */
  vault(): Promise<Vault>;
}
