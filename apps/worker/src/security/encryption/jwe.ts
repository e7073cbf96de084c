/**
 * Encrypted messages: JWE in compact form (RFC 7516), ECDH-ES+A256KW with A256GCM and nothing else, on P-256 or X25519
 * (RFC 8037). Nothing is compressed: what compresses well would show in its length, and what was compressed may be a bomb.
 */
import { OrreryError } from "@orrery/protocol";
import type { PublicJwk } from "@orrery/protocol";
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, importJWK } from "jose";
import type { JWK } from "jose";

const algorithm = "ECDH-ES+A256KW";
const encryption = "A256GCM";

/** Bytes that a message may have before it is encrypted. */
export const plainLimit = 4 * 1024 * 1024;
/** Characters of a compact JWE of that size, with a header of up to 4 KiB. */
const compactLimit = Math.ceil((plainLimit * 4) / 3) + 8 * 1024;

/**
 * What a JWE is of, as protected header parameters (RFC 7519, section 5.3): whoever copies it can neither change nor drop
 * them. `iss` says whose words it holds, `aud` for whom, and `tid` of which task.
 */
export interface JweBinding {
  readonly iss?: string;
  readonly aud?: string;
  readonly tid?: string;
}

/** Encrypts to the holder of a key. @throws OrreryError `payload_too_large` beyond {@link plainLimit} */
export async function encryptTo(
  key: { id: string; publicJwk: PublicJwk },
  plain: Uint8Array,
  binding: JweBinding = {},
): Promise<string> {
  if (plain.byteLength > plainLimit) {
    throw new OrreryError(
      "payload_too_large",
      `At most ${plainLimit} bytes can be encrypted; these are ${plain.byteLength}`,
    );
  }
  return await new CompactEncrypt(plain)
    .setProtectedHeader({ ...binding, alg: algorithm, enc: encryption, kid: key.id })
    .encrypt(await imported(key.publicJwk));
}

const importedKeys = new WeakMap<object, CryptoKey>();

/** Imported once for each lease of the ring, which keeps the same objects. */
async function imported(jwk: JWK | PublicJwk): Promise<CryptoKey> {
  const known = importedKeys.get(jwk);
  if (known) return known;
  const key = await importJWK(jwk as JWK, algorithm);
  if (!(key instanceof CryptoKey)) throw new Error("a key pair is not a secret");
  importedKeys.set(jwk, key);
  return key;
}

/** What a JWE says it is of; that this is true shows when it opens. @throws OrreryError `invalid_request` */
export function bindingOf(jwe: string): JweBinding {
  const header = headerOf(jwe);
  const text = (name: "aud" | "iss" | "tid"): { [name: string]: string } => {
    const value = header[name];
    return typeof value === "string" ? { [name]: value } : {};
  };
  return { ...text("iss"), ...text("aud"), ...text("tid") };
}

/** The key that a JWE says it is to; undefined where it says none. @throws OrreryError `invalid_request` */
export const recipientKeyId = (jwe: string): string | undefined => headerOf(jwe).kid;

function headerOf(jwe: string): ReturnType<typeof decodeProtectedHeader> {
  if (jwe.length > compactLimit) throw refused(`it has more than ${compactLimit} characters`);
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(jwe);
  } catch (cause) {
    throw refused("it is malformed", cause);
  }
  if (header.alg !== algorithm || header["enc"] !== encryption) {
    throw refused(`only ${algorithm} with ${encryption} is taken`);
  }
  if ("zip" in header) throw refused("compressed content is not taken");
  return header;
}

/**
 * Opens a JWE with a private key.
 * @throws OrreryError `invalid_request` that says what is wrong with it
 */
export async function decryptWith(privateJwk: JWK, jwe: string): Promise<Uint8Array> {
  recipientKeyId(jwe);
  try {
    const { plaintext } = await compactDecrypt(jwe, await imported(privateJwk), {
      keyManagementAlgorithms: [algorithm],
      contentEncryptionAlgorithms: [encryption],
      maxDecompressedLength: 0,
    });
    return plaintext;
  } catch (cause) {
    throw refused("it does not open: it was altered, or is to another key", cause);
  }
}

const refused = (why: string, cause?: unknown): OrreryError =>
  new OrreryError("invalid_request", `The encrypted content is refused: ${why}`, { cause });
