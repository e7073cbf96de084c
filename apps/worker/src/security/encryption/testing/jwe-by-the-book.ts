/**
 * ECDH-ES+A256KW with A256GCM written from the RFCs alone, on Node's primitives: what our messages are held against where
 * no other library speaks X25519. Agreement and key derivation: RFC 7518 section 4.6; key wrapping: RFC 3394; form: RFC
 * 7516 section 3.1.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
} from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";
import type { PublicJwk } from "@orrery/protocol";
import { type JWK, base64url } from "jose";

const algorithm = "ECDH-ES+A256KW";
const wrapping = { name: "id-aes256-wrap", iv: new Uint8Array(8).fill(0xa6) };

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function uint32(value: number): Uint8Array {
  const four = new Uint8Array(4);
  new DataView(four.buffer).setUint32(0, value);
  return four;
}

const withLength = (part: Uint8Array): Uint8Array => concat(uint32(part.length), part);

/** The Concat KDF of NIST SP 800-56A for one key of 256 bits, with neither PartyUInfo nor PartyVInfo. */
function wrappingKey(privateKey: KeyObject, publicKey: KeyObject): Uint8Array {
  const secret = diffieHellman({ privateKey, publicKey });
  const nobody = withLength(new Uint8Array());
  const info = concat(withLength(bytes(algorithm)), nobody, nobody, uint32(256));
  return createHash("sha256")
    .update(concat(uint32(1), secret, info))
    .digest();
}

export function encrypt(recipient: PublicJwk, plain: Uint8Array, more: Record<string, unknown> = {}): string {
  const pair =
    recipient.crv === "X25519"
      ? generateKeyPairSync("x25519")
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const epk = pair.publicKey.export({ format: "jwk" });
  const header = base64url.encode(JSON.stringify({ alg: algorithm, enc: "A256GCM", epk, ...more }));
  const key = wrappingKey(pair.privateKey, createPublicKey({ key: recipient as JsonWebKey, format: "jwk" }));
  const contentKey = randomBytes(32);
  const wrapper = createCipheriv(wrapping.name, key, wrapping.iv);
  const wrapped = concat(wrapper.update(contentKey), wrapper.final());
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", contentKey, iv).setAAD(bytes(header));
  const body = concat(cipher.update(plain), cipher.final());
  return [header, ...[wrapped, iv, body, cipher.getAuthTag()].map((part) => base64url.encode(part))].join(
    ".",
  );
}

export function decrypt(own: JWK, jwe: string): Uint8Array {
  const [header = "", ...rest] = jwe.split(".");
  const [wrapped, iv, body, tag] = rest.map((part) => base64url.decode(part));
  if (!wrapped || !iv || !body || !tag) throw new Error("a compact JWE has five parts");
  const { epk } = JSON.parse(new TextDecoder().decode(base64url.decode(header))) as { epk: JsonWebKey };
  const key = wrappingKey(
    createPrivateKey({ key: own, format: "jwk" }),
    createPublicKey({ key: epk, format: "jwk" }),
  );
  const unwrapper = createDecipheriv(wrapping.name, key, wrapping.iv);
  const contentKey = concat(unwrapper.update(wrapped), unwrapper.final());
  const decipher = createDecipheriv("aes-256-gcm", contentKey, iv).setAAD(bytes(header)).setAuthTag(tag);
  return concat(decipher.update(body), decipher.final());
}
