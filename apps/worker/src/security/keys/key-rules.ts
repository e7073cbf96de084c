/** What may be made a key: rules that span fields, and halves of key pairs. */
import { type CreateKey, OrreryError, PublicJwk } from "@orrery/protocol";
import { type JWK, base64url } from "jose";
import type { z } from "zod";

export type KeyOrder = z.output<typeof CreateKey>;

/** The halves of a key as they are kept. */
export interface KeyMaterial {
  publicJwk: PublicJwk | null;
  /** A private JWK, or `{kty: "oct", k}`; null for a peer's key pair. */
  privateJwk: JWK | null;
}

const wrong = (path: string, message: string): OrreryError =>
  new OrreryError("invalid_request", "No such key can be made", {
    status: 422,
    errors: [{ path, message }],
  });

/** Ids that would be addresses of something else. */
const reserved = new Set([".", "..", "jwks"]);

const signs = new Set<string>(["Ed25519", "HS256"]);

function checkOwn(order: KeyOrder): void {
  if (order.publicJwk !== undefined) throw wrong("publicJwk", "only a peer gives a key; ours are made here");
  if (order.secret !== undefined) throw wrong("secret", "only a peer gives a secret; ours are made here");
  if (order.id !== undefined) throw wrong("id", "only a peer's key has a name of its own");
  if (order.scopes.length > 0) throw wrong("scopes", "only a peer's requests have scopes");
}

/** Names that say who signed where it was one of us, or whose token it was. */
const ourNames = /^(?:workspace$|agent:|key:|token:)/;

function checkPeer(order: KeyOrder, name: string): void {
  if (ourNames.test(name)) throw wrong("holder.name", "this name is not for peers");
  if (order.algorithm === "HS256") {
    if (order.publicJwk !== undefined) throw wrong("publicJwk", "HS256 has no public half");
  } else {
    if (order.publicJwk === undefined) throw wrong("publicJwk", "expected the public half of the peer's key");
    if (order.secret !== undefined) throw wrong("secret", "only HS256 has a secret");
  }
  if (order.use !== "sign" && order.scopes.length > 0) {
    throw wrong("scopes", "only what signs requests has scopes");
  }
}

/** @throws OrreryError invalid_request (422) that names the field */
export function checkOrder(order: KeyOrder): void {
  if (signs.has(order.algorithm) !== (order.use === "sign")) {
    throw wrong("algorithm", `${order.algorithm} is not for ${order.use}`);
  }
  if (order.curve !== undefined && order.use !== "encrypt") {
    throw wrong("curve", "only an encryption key has a choice of curves");
  }
  if (order.id !== undefined && reserved.has(order.id)) throw wrong("id", "this id is an address already");
  if (order.holder.kind === "peer") checkPeer(order, order.holder.name);
  else checkOwn(order);
}

/** How Web Crypto names what a JWK's curve is for. */
function importAlgorithm(crv: PublicJwk["crv"]): { name: string; namedCurve?: string } {
  return crv === "P-256" ? { name: "ECDH", namedCurve: "P-256" } : { name: crv };
}

/** A peer's public key with its own members and nothing else. @throws OrreryError invalid_request (422) */
async function peerKey(order: KeyOrder, given: PublicJwk): Promise<PublicJwk> {
  if ("d" in given || "k" in given) throw wrong("publicJwk", "this holds a private key; keep it to yourself");
  const { kty, crv, x, y } = given;
  const fits = order.use === "sign" ? crv === "Ed25519" : crv === (order.curve ?? crv) && crv !== "Ed25519";
  if (!fits) throw wrong("publicJwk.crv", `${crv} is not a curve of this key`);
  const jwk = crv === "P-256" && y !== undefined ? { kty, crv, x, y } : { kty, crv, x };
  try {
    const uses = order.use === "sign" ? ["verify"] : [];
    await crypto.subtle.importKey("jwk", jwk, importAlgorithm(crv), true, uses);
  } catch (cause) {
    throw new OrreryError("invalid_request", "The public key cannot be used", {
      status: 422,
      errors: [{ path: "publicJwk", message: "expected a point on its curve" }],
      cause,
    });
  }
  return jwk;
}

async function newPair(order: KeyOrder): Promise<KeyMaterial> {
  const crv = order.use === "sign" ? "Ed25519" : (order.curve ?? "P-256");
  const uses = order.use === "sign" ? ["sign", "verify"] : ["deriveBits"];
  const pair = await crypto.subtle.generateKey(importAlgorithm(crv), true, uses);
  if (!("privateKey" in pair)) throw new Error(`${crv} made no pair`);
  const { d, x, y } = (await crypto.subtle.exportKey("jwk", pair.privateKey)) as JsonWebKey;
  const half = { kty: crv === "P-256" ? "EC" : "OKP", crv, x, ...(crv === "P-256" && { y }) };
  return { publicJwk: PublicJwk.parse(half), privateJwk: { ...half, d } as JWK };
}

/**
 * What an order asks for: a new pair or secret, or what a peer gave. The order is {@link checkOrder}ed.
 * @throws OrreryError invalid_request (422) where a peer's public key cannot be used
 */
export async function materialFor(order: KeyOrder): Promise<KeyMaterial> {
  if (order.algorithm === "HS256") {
    const secret = crypto.getRandomValues(new Uint8Array(32));
    const k = order.secret ?? base64url.encode(secret);
    return { publicJwk: null, privateJwk: { kty: "oct", k } };
  }
  if (order.publicJwk === undefined) return newPair(order);
  return { publicJwk: await peerKey(order, order.publicJwk), privateJwk: null };
}
