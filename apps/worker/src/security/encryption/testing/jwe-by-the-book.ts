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
import type { JWK } from "jose";

const algorithm = "ECDH-ES+A256KW";
const wrapping = { name: "id-aes256-wrap", iv: Buffer.from("A6A6A6A6A6A6A6A6", "hex") };

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const withLength = (bytes: Buffer): Buffer => Buffer.concat([uint32(bytes.length), bytes]);

/** The Concat KDF of NIST SP 800-56A for one key of 256 bits, with neither PartyUInfo nor PartyVInfo. */
function wrappingKey(privateKey: KeyObject, publicKey: KeyObject): Buffer {
  const secret = diffieHellman({ privateKey, publicKey });
  const empty = withLength(Buffer.alloc(0));
  const info = [withLength(Buffer.from(algorithm)), empty, empty, uint32(256)];
  return createHash("sha256")
    .update(Buffer.concat([uint32(1), secret, ...info]))
    .digest();
}

export function encrypt(recipient: PublicJwk, plain: Uint8Array, more: Record<string, unknown> = {}): string {
  const pair =
    recipient.crv === "X25519"
      ? generateKeyPairSync("x25519")
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const epk = pair.publicKey.export({ format: "jwk" });
  const header = Buffer.from(JSON.stringify({ alg: algorithm, enc: "A256GCM", epk, ...more })).toString(
    "base64url",
  );
  const key = wrappingKey(pair.privateKey, createPublicKey({ key: recipient as JsonWebKey, format: "jwk" }));
  const contentKey = randomBytes(32);
  const wrapper = createCipheriv(wrapping.name, key, wrapping.iv);
  const wrapped = Buffer.concat([wrapper.update(contentKey), wrapper.final()]);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", contentKey, iv).setAAD(Buffer.from(header));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return [header, ...[wrapped, iv, body, cipher.getAuthTag()].map((part) => part.toString("base64url"))].join(
    ".",
  );
}

export function decrypt(own: JWK, jwe: string): Uint8Array {
  const [header = "", ...rest] = jwe.split(".");
  const [wrapped, iv, body, tag] = rest.map((part) => Buffer.from(part, "base64url"));
  if (!wrapped || !iv || !body || !tag) throw new Error("a compact JWE has five parts");
  const { epk } = JSON.parse(Buffer.from(header, "base64url").toString()) as { epk: JsonWebKey };
  const key = wrappingKey(
    createPrivateKey({ key: own as JsonWebKey, format: "jwk" }),
    createPublicKey({ key: epk, format: "jwk" }),
  );
  const unwrapper = createDecipheriv(wrapping.name, key, wrapping.iv);
  const contentKey = Buffer.concat([unwrapper.update(wrapped), unwrapper.final()]);
  const decipher = createDecipheriv("aes-256-gcm", contentKey, iv)
    .setAAD(Buffer.from(header))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(body), decipher.final()]);
}
