/**
 * What the opener of a socket may do for as long as it is open. A request is asked who sends it each time; a socket is
 * asked when it opens, so what was found out then lies with the socket, and is held against the clock, the revocation
 * list and the limit again with each thing that is done through it.
 */
import { OrreryError } from "@orrery/protocol";
import type { Identity } from "./context.ts";
import { securityOf } from "./isolate.ts";
import { countRequest } from "./rate-limit.ts";
import { unauthenticated } from "./refusal.ts";
import type { Background } from "./revocations.ts";

/** Milliseconds that a socket lives at most: after it, whoever opened it shows a token anew. */
const socketLifetime = 60 * 60_000;

export interface Permit {
  workspaceId: string;
  subject: string;
  /** Of the token that opened the socket; null where it has none by which it could be revoked. */
  tokenId: string | null;
  /** Epoch milliseconds. */
  until: number;
}

/** The close code of a socket whose permit has ended. */
export const permitEnded = 4401;

export const permitOf = (
  { workspaceId, subject, tokenId, expiresAt }: Identity,
  now = Date.now(),
): Permit => ({
  workspaceId,
  subject,
  tokenId,
  until: Math.min(expiresAt ?? Number.POSITIVE_INFINITY, now + socketLifetime),
});

/**
 * Lets one thing be done through a socket, and counts it like a request.
 * @throws OrreryError `unauthenticated` where the permit has ended, `rate_limited`
 */
export async function assertPermitted(env: Env, permit: Permit, background: Background): Promise<void> {
  const { revocations, requests } = securityOf(env);
  const now = Date.now();
  if (permit.until <= now) throw unauthenticated("The permission has expired: connect again");
  if (permit.tokenId !== null) {
    await revocations.ready(background);
    if (revocations.has(permit.workspaceId, permit.tokenId)) throw unauthenticated("The token was revoked");
  }
  if (requests !== null) countRequest(requests, permit, now);
}

/** Whether an error says that a socket's permit has ended, so that the socket is to be closed. */
export const endsPermit = (error: unknown): boolean =>
  error instanceof OrreryError && error.code === "unauthenticated";
