import { OrreryError } from "@orrery/protocol";
import { messageEncryption, vaultFor } from "../encryption/index.ts";
import { unauthenticated } from "../refusal.ts";
import { signMessage, signatureField, verifyMessage } from "../signing/message-signature.ts";
import type { Keyring } from "./contract.ts";
import { type RingLease, ringLeaseOf } from "./ring-lease.ts";
import type { RingKey } from "./ring.ts";

/**
 * The key that signs for an agent, or for the workspace; an agent without one of its own signs with the workspace's,
 * which is made when it is first needed.
 * @throws OrreryError conflict where none can be made
 */
export async function signerOf(lease: RingLease, agentId?: string): Promise<RingKey> {
  const found = (index: Awaited<ReturnType<RingLease["ring"]>>): RingKey | undefined =>
    (agentId === undefined ? undefined : index.active("sign", { kind: "agent", agentId })) ??
    index.active("sign", { kind: "workspace" });
  const key = found(await lease.ring()) ?? found(await lease.signing());
  if (key === undefined) throw new OrreryError("conflict", "The workspace has no key to sign with");
  return key;
}

/** The signing key with this id; a ring that does not know it is renewed, since it may be new. */
export async function checkerOf(lease: RingLease, keyId: string, now: number): Promise<RingKey | undefined> {
  const known = (await lease.ring()).find(keyId, "sign", now);
  return known ?? (await lease.renewed()).find(keyId, "sign", now);
}

/** Who signs with a key: a peer by its name, `agent:<id>`, or `workspace`. */
export const subjectOf = ({ holder }: RingKey): string =>
  holder.kind === "peer" ? holder.name : holder.kind === "agent" ? `agent:${holder.agentId}` : "workspace";

function messageSigning(lease: RingLease, now: () => number): Pick<Keyring, "signMessage" | "verifyMessage"> {
  return {
    async signMessage(message, signAs, to) {
      return signMessage(message, await signerOf(lease, signAs?.agentId), now(), to);
    },
    async verifyMessage(message, seen, reception) {
      if (message[signatureField] === undefined) return null;
      const find = (id: string): Promise<RingKey | undefined> => checkerOf(lease, id, now());
      const { key, nonce, expiresAt } = await verifyMessage(message, find, { ...reception, now: now() });
      if (seen(`${key.id} ${nonce}`, expiresAt)) throw unauthenticated("The message was seen before");
      return { keyId: key.id, subject: subjectOf(key), scopes: key.scopes };
    },
  };
}

/** The keys of a workspace, as this isolate uses them. Costs nothing to make. */
export function keyringFor(env: Env, workspaceId: string): Keyring {
  const lease = ringLeaseOf(env, workspaceId);
  return {
    ...messageSigning(lease, Date.now),
    ...messageEncryption(lease, Date.now),
    vault: () => vaultFor(env, workspaceId),
  };
}
