import { type CreateToken, type CreatedToken, newId } from "@orrery/protocol";
import { newApiKey } from "./api-key.ts";
import type { Identity } from "./context.ts";
import type { IsolateSecurity } from "./isolate.ts";
import { signJwt } from "./jwt.ts";
import { parseScopes, signingKeyOf } from "./settings.ts";

/** Milliseconds that a JWT lasts unless told otherwise. */
const jwtLifetime = 60 * 60_000;

/** The same, after its schema has filled in what was left out. */
type Wanted = CreateToken & { kind: NonNullable<CreateToken["kind"]> };

/**
 * Makes a token for the workspace of `creator` and remembers it, without its secret.
 * @throws OrreryError conflict for a JWT where the deployment has no signing key.
 */
export async function createToken(
  { settings, tokens }: Pick<IsolateSecurity, "settings" | "tokens">,
  creator: Identity,
  wanted: Wanted,
  now: number,
): Promise<CreatedToken> {
  const { name, kind, expiresIn } = wanted;
  const scopes = parseScopes(wanted.scopes);
  const common = {
    workspaceId: creator.workspaceId,
    name,
    kind,
    scopes,
    createdBy: creator.subject,
    createdAt: now,
  };
  if (kind === "api-key") {
    const { id, key, secretHash } = newApiKey(newId(now));
    const expiresAt = expiresIn === undefined ? null : now + expiresIn * 1_000;
    return { ...(await tokens.add({ ...common, id, secretHash, expiresAt })), secret: key };
  }
  const id = newId(now);
  // A JWT counts whole seconds.
  const expiresAt = Math.floor((now + (expiresIn ?? jwtLifetime / 1_000) * 1_000) / 1_000) * 1_000;
  const secret = await signJwt(settings, signingKeyOf(settings), {
    subject: `token:${id}`,
    workspaceId: creator.workspaceId,
    scopes,
    id,
    issuedAt: now,
    expiresAt,
  });
  return { ...(await tokens.add({ ...common, id, secretHash: null, expiresAt })), secret };
}
