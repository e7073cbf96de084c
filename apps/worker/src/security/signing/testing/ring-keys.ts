/** Keys of a ring, without the object that keeps them. */
import type { KeyHolder, PublicJwk } from "@orrery/protocol";
import { base64url } from "jose";
import type { RingKey } from "../../keys/ring.ts";

const peer: KeyHolder = { kind: "peer", name: "billing" };

/** A key pair with both halves, as only the examples of an RFC have them. */
export const pairKey = (id: string, jwk: PublicJwk & { d: string }, more: Partial<RingKey> = {}): RingKey => {
  const { d, ...publicJwk } = jwk;
  return {
    id,
    use: "sign",
    algorithm: "Ed25519",
    holder: peer,
    status: "active",
    endsAt: null,
    scopes: ["agents:read"],
    publicJwk,
    privateJwk: { kty: publicJwk.kty, crv: publicJwk.crv, x: publicJwk.x, d },
    ...more,
  };
};

export const secretKey = (id: string, secret: Uint8Array, more: Partial<RingKey> = {}): RingKey => ({
  id,
  use: "sign",
  algorithm: "HS256",
  holder: peer,
  status: "active",
  endsAt: null,
  scopes: ["agents:read"],
  publicJwk: null,
  privateJwk: { kty: "oct", k: base64url.encode(secret) },
  ...more,
});
