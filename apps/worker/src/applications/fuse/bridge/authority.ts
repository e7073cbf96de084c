/** Who says a message, by its signature, and what that one may have done. */
import type { ProtectionPolicy } from "@orrery/protocol";
import type { MessageSigner } from "../../../security/index.ts";
import type { Member } from "../contract.ts";

/** The platform itself: its workspace's key, or the key of one of its agents. */
const isPlatform = (subject: string): boolean => subject === "workspace" || subject.startsWith("agent:");

/**
 * Why a message is refused that somebody signed; null where it is not. A peer's key signs its own words; the workspace's
 * signs anybody's, since with it goes out what a bridge hands on; an agent's signs those of that agent.
 */
export function speakerRefusal(
  signer: MessageSigner | null,
  speaker: string | null,
  members: readonly Pick<Member, "agentId" | "id">[],
): string | null {
  if (signer === null || speaker === null || signer.subject === "workspace") return null;
  const { subject } = signer;
  const isOwn = subject.startsWith("agent:")
    ? isAgents(subject.slice("agent:".length), speaker, members)
    : subject === speaker;
  return isOwn ? null : `it says it is of ${speaker}, and ${subject} signed it`;
}

/** Whether an agent's key signs for a name. Agents behind other bridges of the workspace sign as well: ours they are not. */
function isAgents(
  signing: string,
  speaker: string,
  members: readonly Pick<Member, "agentId" | "id">[],
): boolean {
  const names = members.filter(({ agentId }) => agentId === signing).map(({ id }) => id);
  return names.length > 0 ? names.includes(speaker) : members.every(({ id }) => id !== speaker);
}

/** What a message may have done. */
export interface Authority {
  /** Whose tasks alone it may cancel or hand on, and of whose abilities it may speak; null where of everyone's. */
  readonly only: string | null;
}

/**
 * Where a channel takes signed messages alone, a peer controls what is its own, unless its key may change agents. Where it
 * takes others as well, nothing would be gained: whoever may not would not sign.
 */
export function authorityOf(signer: MessageSigner | null, signing: ProtectionPolicy): Authority {
  if (signing !== "require" || signer === null || isPlatform(signer.subject)) return { only: null };
  return { only: signer.scopes.includes("agents:write") ? null : signer.subject };
}
