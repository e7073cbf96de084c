import { type Ticket, newId, timestamp } from "@orrery/protocol";
import { type JWTPayload, SignJWT, jwtVerify } from "jose";
import type { Identity } from "./context.ts";
import { refusalOf, unauthenticated } from "./refusal.ts";
import { type SecuritySettings, parseScopes, signingKeyOf } from "./settings.ts";

/** Milliseconds within which a ticket opens a socket or an event stream. */
export const ticketLifetime = 60_000;

/** Tickets have an audience of their own, so none is a token and no token is a ticket. */
const audience = "orrery:ticket";

/**
 * Makes a ticket that speaks for `identity`: its workspace, its scopes, its end. Revoking the token it
 * was made from ends it too.
 * @throws OrreryError conflict where the deployment has no signing key.
 */
export async function signTicket(
  settings: SecuritySettings,
  identity: Identity,
  now: number,
): Promise<Ticket> {
  const key = signingKeyOf(settings);
  const end = Math.min(now + ticketLifetime, identity.expiresAt ?? Number.POSITIVE_INFINITY);
  const ticket = await new SignJWT({
    workspace: identity.workspaceId,
    scopes: [...identity.scopes],
    parent: identity.tokenId,
    until: identity.expiresAt,
  })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(settings.issuer)
    .setAudience(audience)
    .setSubject(identity.subject)
    .setJti(newId(now))
    .setExpirationTime(Math.floor(end / 1_000))
    .sign(key);
  return { ticket, expiresAt: timestamp(Math.floor(end / 1_000) * 1_000) };
}

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** The claims were written by {@link signTicket} and their signature holds. */
const toIdentity = (payload: JWTPayload): Identity => ({
  subject: payload.sub ?? "",
  workspaceId: String(payload["workspace"]),
  scopes: parseScopes(payload["scopes"] as string[]),
  method: "ticket",
  expiresAt: typeof payload["until"] === "number" ? payload["until"] : null,
  tokenId: textOrNull(payload["parent"]),
});

/** @throws OrreryError unauthenticated */
export async function verifyTicket(
  settings: SecuritySettings,
  ticket: string,
  now: number,
): Promise<Identity> {
  if (settings.signingKey === null) throw unauthenticated("Tickets are not accepted here");
  try {
    const { payload } = await jwtVerify(ticket, settings.signingKey, {
      algorithms: ["HS256"],
      issuer: settings.issuer,
      audience,
      clockTolerance: 0,
      currentDate: new Date(now),
      requiredClaims: ["sub", "exp", "workspace", "scopes"],
    });
    return toIdentity(payload);
  } catch (error) {
    throw refusalOf(error);
  }
}
