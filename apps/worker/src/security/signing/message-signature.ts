/**
 * Signatures of messages: a detached JWS (RFC 7515 appendix F) over the canonical JSON (RFC 8785) of a message without
 * its `signature`, protected header `{alg, kid, iat, jti, aud}`.
 */
import { OrreryError } from "@orrery/protocol";
import canonicalize from "canonicalize";
import { FlattenedSign, base64url, errors, flattenedVerify } from "jose";
import { z } from "zod";
import { checkingKeyOf, makingKeyOf } from "../keys/crypto-keys.ts";
import type { RingKey } from "../keys/ring.ts";
import { unauthenticated } from "../refusal.ts";

/** The field of a message that holds its signature. */
export const signatureField = "signature";

/** Seconds after which a message is too old: as long as streams keep it while one side is away. */
export const messageMaxAge = 86_400;

/** Seconds by which a signer's clock may be ahead of ours. */
export const messageSkew = 60;

/** Characters of a signature; ours have about 300. */
const longest = 4_096;

const audience = z.string().min(1).max(500);

const Header = z.strictObject({
  alg: z.string(),
  kid: z.string().min(1).max(128),
  iat: z.number().int().nonnegative(),
  jti: z.string().regex(/^[\x21-\x7e]{16,128}$/),
  /** For whom it is; several, where the same message goes to several. */
  aud: z.union([audience, z.array(audience).min(1).max(8)]).optional(),
  typ: z.string().optional(),
});

/** How keys of an algorithm may be called: RFC 8037 and RFC 9864 have two names for one thing. */
const names: Record<string, readonly string[]> = { Ed25519: ["Ed25519", "EdDSA"], HS256: ["HS256"] };

const encoder = new TextEncoder();

function canonicalBytes(message: Record<string, unknown>): Uint8Array {
  const { [signatureField]: _, ...rest } = message;
  return encoder.encode(canonicalize(rest));
}

/**
 * The message with its signature, by a key with a private half, for whoever `to` names.
 * @throws OrreryError invalid_request where it has no canonical form (a lone surrogate), conflict where the key is closed
 */
export async function signMessage(
  message: Record<string, unknown>,
  key: RingKey,
  now: number,
  to?: string,
): Promise<Record<string, unknown>> {
  let bytes: Uint8Array;
  try {
    bytes = canonicalBytes(message);
  } catch (cause) {
    throw new OrreryError("invalid_request", "The message has no canonical form, so it cannot be signed", {
      cause,
    });
  }
  const header = {
    alg: key.algorithm,
    kid: key.id,
    iat: Math.floor(now / 1_000),
    jti: base64url.encode(crypto.getRandomValues(new Uint8Array(16))),
    ...(to !== undefined && { aud: to }),
  };
  const jws = await new FlattenedSign(bytes).setProtectedHeader(header).sign(await makingKeyOf(key));
  return { ...message, [signatureField]: `${jws.protected ?? ""}..${jws.signature}` };
}

interface SignatureParts {
  protectedHeader: string;
  signature: string;
  header: z.infer<typeof Header>;
}

function partsOf(value: unknown): SignatureParts {
  const form = typeof value === "string" && value.length <= longest && /^([\w-]+)\.\.([\w-]+)$/.exec(value);
  const [, protectedHeader, signature] = form || [];
  if (protectedHeader === undefined || signature === undefined) {
    throw unauthenticated("The message's signature is not a detached JWS");
  }
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(base64url.decode(protectedHeader)));
    return { protectedHeader, signature, header: Header.parse(json) };
  } catch (cause) {
    throw unauthenticated("The signature's header is not {alg, kid, iat, jti, aud}", cause);
  }
}

/** A message of one channel is none of another, although both have the same keys. */
function assertMeant(
  aud: string | readonly string[] | undefined,
  { name, required }: NonNullable<Reception["audience"]>,
): void {
  if (aud === undefined) {
    if (!required) return;
    throw unauthenticated(`The message's signature does not say for whom it is; here that is "${name}"`);
  }
  if (typeof aud === "string" ? aud !== name : !aud.includes(name)) {
    throw unauthenticated(`The message was signed for somebody else; here that is "${name}"`);
  }
}

export interface VerifiedMessage {
  key: RingKey;
  /** Of this key alone. */
  nonce: string;
  /** Epoch milliseconds until which the message would be accepted again. */
  expiresAt: number;
}

/** Where and when a message was received. Times are epoch milliseconds. */
export interface Reception {
  readonly now: number;
  /** When it came, where it has waited since: its age is measured then. */
  readonly at?: number | undefined;
  /** Who is meant where the message says for whom it is; `required`: it has to say so. */
  readonly audience?: { readonly name: string; readonly required: boolean } | undefined;
}

/**
 * Who signed a message; its nonce is not looked at.
 * @throws OrreryError unauthenticated: malformed, too old, of the future, for somebody else, unknown key, another
 *   algorithm, altered
 */
export async function verifyMessage(
  message: Record<string, unknown>,
  find: (keyId: string) => Promise<RingKey | undefined>,
  { now, at = now, audience: meant }: Reception,
): Promise<VerifiedMessage> {
  const { protectedHeader, signature, header } = partsOf(message[signatureField]);
  if (at / 1_000 - header.iat > messageMaxAge) throw unauthenticated("The message was signed too long ago");
  if (header.iat - now / 1_000 > messageSkew) throw unauthenticated("The message was signed in the future");
  if (meant !== undefined) assertMeant(header.aud, meant);
  const key = await find(header.kid);
  if (key === undefined) throw unauthenticated("The message's key is not known, or has ended");
  const algorithms = names[key.algorithm] ?? [];
  if (!algorithms.includes(header.alg)) {
    throw unauthenticated("The message is signed with another algorithm than its key's");
  }
  let bytes: Uint8Array;
  try {
    bytes = canonicalBytes(message);
  } catch (cause) {
    throw unauthenticated("The message has no canonical form", cause);
  }
  const jws = { protected: protectedHeader, payload: base64url.encode(bytes), signature };
  try {
    await flattenedVerify(jws, await checkingKeyOf(key), { algorithms: [...algorithms] });
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) {
      throw unauthenticated("The message was altered, or another key signed it", error);
    }
    if (error instanceof errors.JOSEError)
      throw unauthenticated("The message's signature is malformed", error);
    throw error;
  }
  return { key, nonce: header.jti, expiresAt: (header.iat + messageMaxAge + messageSkew) * 1_000 };
}
