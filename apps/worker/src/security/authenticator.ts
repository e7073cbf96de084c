import { OrreryError, type Ticket } from "@orrery/protocol";
import { looksLikeApiKey, parseApiKey } from "./api-key.ts";
import type { Identity } from "./context.ts";
import type { JwtVerifier } from "./jwt.ts";
import { unauthenticated } from "./refusal.ts";
import type { Background, Revocations } from "./revocations.ts";
import { sameHash, sha256 } from "./secrets.ts";
import type { SecuritySettings } from "./settings.ts";
import { signTicket, verifyTicket } from "./tickets.ts";
import { TokenBuckets } from "./token-buckets.ts";
import type { TokenStore } from "./token-store.ts";

/** Tokens remembered by one isolate; the one that was used longest ago is forgotten first. */
const remembered = 10_000;

/** Milliseconds after which a JWT is verified anew, so that a provider's withdrawn key ends its tokens. */
const jwtTrustedFor = 10 * 60_000;

/** Milliseconds by which a clock may differ from ours, as JWTs are verified with. */
const clockTolerance = 5_000;

/** Wrong tokens from one address that are looked at, at once and a minute. */
const failures = { capacity: 20, perMinute: 20 };

/** Where a token came from, and what lets work go on behind the answer. */
export interface Presented {
  /** The caller's address: guessing is slowed by it. Null where nobody who is trusted says it. */
  address: string | null;
  background: Background | undefined;
}

export interface AuthenticatorParts {
  settings: SecuritySettings;
  jwts: JwtVerifier;
  tokens: Pick<TokenStore, "key">;
  revocations: Revocations;
  now: () => number;
}

/**
 * Turns tokens into identities. A token that this isolate has seen costs a hash and two look-ups: it
 * is verified when first seen, and only its end and the revocation list are asked after that.
 */
export class Authenticator {
  readonly #parts: AuthenticatorParts;
  readonly #failures = new TokenBuckets(failures);
  /** By the token's hash: no token lies in memory longer than its request. */
  readonly #verified = new Map<string, { identity: Identity; verifiedAt: number }>();

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts;
  }

  /**
   * Whose token this is: a JWT or an API key.
   * @throws OrreryError unauthenticated; rate_limited after too many wrong tokens from one address.
   */
  async identify(token: string, from: Presented): Promise<Identity> {
    const hash = sha256(token);
    const known = this.#recall(hash);
    if (known === undefined) {
      const identity = await this.#verify(token, from);
      this.#verified.set(hash, { identity, verifiedAt: this.#parts.now() });
      if (this.#verified.size > remembered) this.#forgetOldest();
      return this.#admitted(identity, from);
    }
    return this.#admitted(known, from);
  }

  /** Whose ticket this is. @throws OrreryError as {@link identify} does. */
  async redeem(ticket: string, from: Presented): Promise<Identity> {
    const { settings, now } = this.#parts;
    const identity = await this.#counted(from, () => verifyTicket(settings, ticket, now()));
    return this.#admitted(identity, from);
  }

  /** A ticket for `identity`. @throws OrreryError conflict where the deployment has no signing key. */
  issueTicket(identity: Identity): Promise<Ticket> {
    return signTicket(this.#parts.settings, identity, this.#parts.now());
  }

  #recall(hash: string): Identity | undefined {
    const found = this.#verified.get(hash);
    if (found === undefined) return undefined;
    this.#verified.delete(hash);
    const { identity, verifiedAt } = found;
    if (identity.method === "jwt" && this.#parts.now() - verifiedAt > jwtTrustedFor) return undefined;
    this.#verified.set(hash, found);
    return identity;
  }

  #forgetOldest(): void {
    const oldest = this.#verified.keys().next();
    if (!oldest.done) this.#verified.delete(oldest.value);
  }

  /**
   * Verifies what others must be asked about. Once too much that was wrong came from an address, nobody is asked for it.
   * Where addresses are not known, nobody is kept from proving who they are on account of others.
   * @throws OrreryError rate_limited; what `verify` throws
   */
  async guarded<Proof>(from: Presented, verify: () => Promise<Proof>): Promise<Proof> {
    if (from.address !== null) {
      const wait = this.#failures.wait(from.address, this.#parts.now());
      if (wait > 0) throw tooManyWrong(wait);
    }
    return this.#counted(from, verify);
  }

  /** Counts by address what is wrong; what is right is taken, however much was wrong before. */
  async #counted<Proof>(from: Presented, verify: () => Promise<Proof>): Promise<Proof> {
    try {
      return await verify();
    } catch (error) {
      if (!(error instanceof OrreryError) || error.code !== "unauthenticated") throw error;
      const wait = this.#failures.take(from.address ?? "", this.#parts.now());
      throw wait > 0 ? tooManyWrong(wait) : error;
    }
  }

  /** A JWT is held against keys that are here, or come by themselves; an API key is looked up. */
  #verify(token: string, from: Presented): Promise<Identity> {
    return looksLikeApiKey(token)
      ? this.guarded(from, () => this.#verifyKey(token))
      : this.#counted(from, () => this.#parts.jwts.verify(token));
  }

  async #verifyKey(token: string): Promise<Identity> {
    const key = parseApiKey(token);
    const stored = key && (await this.#parts.tokens.key(key.id));
    if (!key || !stored || !sameHash(stored.secretHash, key.secretHash)) {
      throw unauthenticated("The API key is not known");
    }
    if (stored.revokedAt !== null) throw unauthenticated("The token was revoked");
    return {
      subject: `key:${key.id}`,
      workspaceId: stored.workspaceId,
      scopes: stored.scopes,
      method: "api-key",
      expiresAt: stored.expiresAt,
      tokenId: key.id,
    };
  }

  async #admitted(identity: Identity, from: Presented): Promise<Identity> {
    const { revocations, now } = this.#parts;
    if (identity.expiresAt !== null && identity.expiresAt + clockTolerance <= now()) {
      throw unauthenticated("The token has expired");
    }
    if (identity.tokenId === null) return identity;
    await revocations.ready(from.background);
    if (revocations.has(identity.workspaceId, identity.tokenId)) {
      throw unauthenticated("The token was revoked");
    }
    return identity;
  }
}

const tooManyWrong = (wait: number): OrreryError =>
  new OrreryError("rate_limited", "Too many wrong tokens came from this address", {
    retryAfter: Math.max(1, Math.ceil(wait / 1_000)),
  });
