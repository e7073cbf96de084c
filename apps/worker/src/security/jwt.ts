import { type Scope, WorkspaceId } from "@orrery/protocol";
import {
  type JWTPayload,
  type JWTVerifyOptions,
  type RemoteJWKSet,
  SignJWT,
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  jwtVerify,
} from "jose";
import type { Identity } from "./context.ts";
import { refusalOf, unauthenticated } from "./refusal.ts";
import { type SecuritySettings, parseScopes } from "./settings.ts";

/** Seconds by which a clock may differ from ours. */
const clockTolerance = 5;

/** `Ed25519` is RFC 9864's own name for what RFC 8037 calls `EdDSA` with that curve. */
const publicKeyAlgorithms = ["EdDSA", "Ed25519", "RS256"];

/** Verifies JWTs against the deployment's own key, an identity provider's, and Cloudflare Access's. */
export interface JwtVerifier {
  /** @throws OrreryError unauthenticated; upstream_failed or upstream_timeout where keys cannot be fetched. */
  verify(token: string): Promise<Identity>;
}

/** What of the world a verifier reads; a test gives its own. */
export interface JwtSurroundings {
  now: () => number;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** The last moment that a date can name. */
const latest = 8.64e15;

function endOf({ exp }: JWTPayload): number | null {
  if (exp === undefined) return null;
  if (exp * 1_000 > latest) throw unauthenticated("The token's end is no date");
  return exp * 1_000;
}

function scopesOf(payload: JWTPayload): readonly Scope[] {
  const { scopes, scope } = payload;
  if (Array.isArray(scopes)) return parseScopes(scopes.map(String));
  return typeof scope === "string" ? parseScopes(scope.split(" ")) : [];
}

function toIdentity(payload: JWTPayload): Identity {
  const workspace = WorkspaceId.safeParse(payload["workspace"]);
  if (!workspace.success) throw unauthenticated("The token names no workspace");
  if (typeof payload.sub !== "string" || payload.sub === "") {
    throw unauthenticated("The token names no subject");
  }
  return {
    subject: payload.sub,
    workspaceId: workspace.data,
    scopes: scopesOf(payload),
    method: "jwt",
    expiresAt: endOf(payload),
    tokenId: payload.jti ?? null,
  };
}

/** Access names people by their address, and service tokens by `common_name`. */
function accessIdentity(payload: JWTPayload, access: NonNullable<SecuritySettings["access"]>): Identity {
  const subject = [payload["email"], payload["common_name"]].find(
    (name): name is string => typeof name === "string" && name !== "",
  );
  if (subject === undefined) throw unauthenticated("The token names nobody");
  return {
    subject,
    workspaceId: access.workspaceId,
    scopes: access.scopes,
    method: "jwt",
    expiresAt: endOf(payload),
    tokenId: payload.jti ?? null,
  };
}

/**
 * A verifier for these settings. The token's header and issuer only choose which key to ask; each key
 * then has its own closed list of algorithms, issuer and audience, so a token cannot choose how it is
 * judged: `none` matches no list, and a public key is never used as a shared secret.
 */
export function jwtVerifier(settings: SecuritySettings, surroundings: JwtSurroundings): JwtVerifier {
  const remote = (url: URL): RemoteJWKSet =>
    createRemoteJWKSet(url, { [customFetch]: (address, init) => surroundings.fetch(address, init) });
  const { signingKey, issuer, audience, access } = settings;
  const provider = settings.jwksUrl && remote(settings.jwksUrl);
  const accessKeys = access && remote(new URL(`${access.issuer}/cdn-cgi/access/certs`));

  const options = (own: JWTVerifyOptions): JWTVerifyOptions => ({
    clockTolerance,
    currentDate: new Date(surroundings.now()),
    ...own,
  });

  async function verifyOwn(token: string): Promise<Identity> {
    if (signingKey === null) throw unauthenticated("Tokens of this kind are not accepted here");
    const { payload } = await jwtVerify(
      token,
      signingKey,
      options({ algorithms: ["HS256"], issuer, audience }),
    );
    // What never ends must be revocable.
    if (payload.exp === undefined && payload.jti === undefined) {
      throw unauthenticated("A token without an end needs an id (jti)");
    }
    return toIdentity(payload);
  }

  async function verifyForeign(token: string): Promise<Identity> {
    if (access && accessKeys && decodeJwt(token).iss === access.issuer) {
      const { payload } = await jwtVerify(
        token,
        accessKeys,
        options({
          algorithms: ["RS256"],
          issuer: access.issuer,
          audience: access.audience,
          requiredClaims: ["exp"],
        }),
      );
      return accessIdentity(payload, access);
    }
    if (!provider) {
      throw unauthenticated(
        settings.jwksProblem === null
          ? "Tokens of this kind are not accepted here"
          : `Tokens of this kind cannot be checked here: ${settings.jwksProblem}`,
      );
    }
    const { payload } = await jwtVerify(
      token,
      provider,
      options({ algorithms: publicKeyAlgorithms, issuer, audience, requiredClaims: ["exp", "sub"] }),
    );
    return toIdentity(payload);
  }

  return {
    async verify(token) {
      let algorithm: string | undefined;
      try {
        algorithm = decodeProtectedHeader(token).alg;
      } catch (error) {
        throw unauthenticated("The token is malformed", error);
      }
      try {
        if (algorithm === "HS256") return await verifyOwn(token);
        if (publicKeyAlgorithms.includes(algorithm ?? "")) return await verifyForeign(token);
      } catch (error) {
        throw refusalOf(error);
      }
      throw unauthenticated("The token is not signed with a key and algorithm accepted here");
    },
  };
}

/** What a token of our own says. Times are epoch milliseconds. */
export interface OwnToken {
  subject: string;
  workspaceId: string;
  scopes: readonly Scope[];
  id: string;
  issuedAt: number;
  expiresAt: number;
}

/** Signs a token of our own (HS256). */
export function signJwt(settings: SecuritySettings, key: Uint8Array, token: OwnToken): Promise<string> {
  return new SignJWT({ workspace: token.workspaceId, scopes: [...token.scopes] })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(settings.issuer)
    .setAudience(settings.audience)
    .setSubject(token.subject)
    .setJti(token.id)
    .setIssuedAt(Math.floor(token.issuedAt / 1_000))
    .setExpirationTime(Math.floor(token.expiresAt / 1_000))
    .sign(key);
}
