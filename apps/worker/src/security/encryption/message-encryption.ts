/** Encrypts to agents and peers of a workspace, and opens what was encrypted to its agents. */
import { type KeyHolder, OrreryError } from "@orrery/protocol";
import type { Keyring, Recipient } from "../keys/contract.ts";
import type { KeyIndex } from "../keys/key-index.ts";
import type { RingKey } from "../keys/ring.ts";
import { decryptWith, encryptTo, recipientKeyId } from "./jwe.ts";

/** Keys that are tried where a message does not name its own: one that is active, and some whose overlap lasts. */
const tried = 4;

/** A workspace's keys as this isolate has them; `renewed` for whoever looks for one that may be new. */
export interface LeasedRing {
  ring(): Promise<KeyIndex>;
  renewed(): Promise<KeyIndex>;
}

const holderOf = (recipient: Recipient): KeyHolder =>
  "agentId" in recipient
    ? { kind: "agent", agentId: recipient.agentId }
    : { kind: "peer", name: recipient.peer };

const nameOf = (recipient: Recipient): string =>
  "agentId" in recipient ? `The agent ${recipient.agentId}` : `The peer "${recipient.peer}"`;

const isAgents = ({ holder }: RingKey, agentId: string): boolean =>
  holder.kind === "agent" && holder.agentId === agentId;

const refused = (why: string): OrreryError =>
  new OrreryError("invalid_request", `The encrypted content is refused: ${why}`);

/** The keys with which an agent may open a message: the one that it names, or its own, newest first. */
function openingKeys(
  index: KeyIndex,
  agentId: string,
  named: string | undefined,
  now: number,
): readonly RingKey[] {
  const ids = named === undefined ? index.keys.map(({ id }) => id) : [named];
  return ids
    .map((id) => index.find(id, "encrypt", now))
    .filter((key) => key !== undefined)
    .filter((key) => isAgents(key, agentId))
    .slice(0, tried);
}

export function messageEncryption(
  lease: LeasedRing,
  now: () => number,
): Pick<Keyring, "encryptTo" | "canEncryptTo" | "decryptFor"> {
  /** What others are to encrypt to: never a key that is on its way out. */
  const recipientKey = async (recipient: Recipient): Promise<RingKey | undefined> => {
    const holder = holderOf(recipient);
    return (
      (await lease.ring()).active("encrypt", holder) ?? (await lease.renewed()).active("encrypt", holder)
    );
  };

  return {
    async encryptTo(recipient, plain, binding) {
      const key = await recipientKey(recipient);
      if (!key?.publicJwk) {
        throw new OrreryError("not_found", `${nameOf(recipient)} has no key to encrypt to`);
      }
      return await encryptTo({ id: key.id, publicJwk: key.publicJwk }, plain, binding);
    },

    async canEncryptTo(recipient) {
      return (await recipientKey(recipient)) !== undefined;
    },

    async decryptFor(agentId, jwe) {
      const named = recipientKeyId(jwe);
      const candidates = async (index: Promise<KeyIndex>): Promise<readonly RingKey[]> =>
        openingKeys(await index, agentId, named, now());
      let keys = await candidates(lease.ring());
      if (keys.length === 0) keys = await candidates(lease.renewed());
      let refusal = refused(
        named === undefined
          ? "the agent has no key to open it with"
          : "it is to a key that is not this agent's, or is no more",
      );
      for (const { privateJwk } of keys) {
        if (privateJwk === null) {
          refusal = refused("the private half of its key cannot be opened here");
          continue;
        }
        try {
          return await decryptWith(privateJwk, jwe);
        } catch (error) {
          if (!(error instanceof OrreryError)) throw error;
          refusal = error;
        }
      }
      throw refusal;
    },
  };
}
