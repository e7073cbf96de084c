import { OrreryError, Scope } from "@orrery/protocol";
import { base64url } from "jose";

/** What this deployment says about identity, read from its variables and secrets. */
export interface SecuritySettings {
  /** At least 32 bytes; null where none was given. */
  signingKey: Uint8Array<ArrayBuffer> | null;
  /** Why `SIGNING_KEY` cannot be used, where it was given and cannot. */
  signingKeyProblem: string | null;
  issuer: string;
  audience: string;
  /** Null where none was given, or what was given is none. */
  jwksUrl: URL | null;
  /** Why `JWKS_URL` cannot be used, where it was given and cannot. */
  jwksProblem: string | null;
  access: AccessSettings | null;
  /** The header in which whoever stands in front says a caller's address; null where nobody does. */
  addressHeader: string | null;
  /** Requests a minute for one identity; 0 is no limit. */
  ratePerMinute: number;
}

/** Cloudflare Access in front of this deployment. */
export interface AccessSettings {
  /** `https://<team>.cloudflareaccess.com` */
  issuer: string;
  audience: string;
  workspaceId: string;
  scopes: readonly Scope[];
}

/** The variables that {@link readSettings} reads: a part of `Env`. */
export type SecurityVariables = Pick<
  Env,
  | "SIGNING_KEY"
  | "JWKS_URL"
  | "JWT_ISSUER"
  | "JWT_AUDIENCE"
  | "ACCESS_TEAM_DOMAIN"
  | "ACCESS_AUDIENCE"
  | "ACCESS_WORKSPACE"
  | "ACCESS_SCOPES"
  | "CLIENT_ADDRESS_HEADER"
  | "RATE_LIMIT_PER_MINUTE"
>;

const defaultRate = 6_000;
const defaultAccessScopes = "agents:read agents:write executions:run";

/** The scopes among space-separated words; the rest are somebody else's and are left out. */
export const parseScopes = (words: readonly string[]): readonly Scope[] =>
  Object.freeze([...new Set(words)].filter((word): word is Scope => Scope.safeParse(word).success));

function readSigningKey(
  text: string | undefined,
): Pick<SecuritySettings, "signingKey" | "signingKeyProblem"> {
  if (text === undefined || text === "") return { signingKey: null, signingKeyProblem: null };
  if (!/^[\w-]+$/.test(text)) return { signingKey: null, signingKeyProblem: "SIGNING_KEY is not base64url" };
  const signingKey = new Uint8Array(base64url.decode(text));
  return signingKey.byteLength < 32
    ? { signingKey: null, signingKeyProblem: "SIGNING_KEY is shorter than 32 bytes" }
    : { signingKey, signingKeyProblem: null };
}

function readJwks(text: string | undefined): Pick<SecuritySettings, "jwksUrl" | "jwksProblem"> {
  if (!text) return { jwksUrl: null, jwksProblem: null };
  const jwksUrl = URL.parse(text);
  return jwksUrl !== null && /^https?:$/.test(jwksUrl.protocol)
    ? { jwksUrl, jwksProblem: null }
    : { jwksUrl: null, jwksProblem: "JWKS_URL is not an address that begins with https:// or http://" };
}

function readAccess(variables: SecurityVariables): AccessSettings | null {
  const { ACCESS_TEAM_DOMAIN: team, ACCESS_AUDIENCE: audience } = variables;
  if (!team || !audience) return null;
  return {
    issuer: `https://${team.replace(/^https:\/\//, "").replace(/\/+$/, "")}`,
    audience,
    workspaceId: variables.ACCESS_WORKSPACE ?? "default",
    scopes: parseScopes((variables.ACCESS_SCOPES ?? defaultAccessScopes).split(/\s+/)),
  };
}

function readRate(text: string | undefined): number {
  const rate = text === undefined || text.trim() === "" ? defaultRate : Number(text);
  return Number.isFinite(rate) && rate >= 0 ? rate : defaultRate;
}

/** Reads the settings of identity. A mistake in one must not take the others away, so mistakes are told and not thrown. */
export function readSettings(variables: SecurityVariables): SecuritySettings {
  return {
    ...readSigningKey(variables.SIGNING_KEY),
    issuer: variables.JWT_ISSUER || "orrery",
    audience: variables.JWT_AUDIENCE || "orrery",
    ...readJwks(variables.JWKS_URL),
    access: readAccess(variables),
    addressHeader: variables.CLIENT_ADDRESS_HEADER || null,
    ratePerMinute: readRate(variables.RATE_LIMIT_PER_MINUTE),
  };
}

/**
 * The key that signs what this deployment itself gives out: tokens, tickets, sealed answers.
 * @throws OrreryError conflict where the deployment has none.
 */
export function signingKeyOf(settings: SecuritySettings): Uint8Array<ArrayBuffer> {
  if (settings.signingKey !== null) return settings.signingKey;
  throw new OrreryError(
    "conflict",
    "This deployment has no usable SIGNING_KEY, which tokens, tickets and idempotent retries need",
  );
}
