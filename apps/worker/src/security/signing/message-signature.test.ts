import { FlattenedSign, base64url, decodeProtectedHeader, flattenedVerify, importJWK } from "jose";
import canonicalize from "canonicalize";
import { describe, expect, test } from "vitest";
import type { RingKey } from "../keys/ring.ts";
import { messageMaxAge, messageSkew, signMessage, verifyMessage } from "./message-signature.ts";
import { testKeyEd25519 } from "./testing/rfc9421.ts";
import { pairKey, secretKey } from "./testing/ring-keys.ts";

const now = 1_800_000_000_000;
const pair = pairKey("k", testKeyEd25519);
const secret = secretKey("s", new Uint8Array(32).fill(7));
const keys = new Map<string, RingKey>([
  ["k", pair],
  ["s", secret],
]);
const find = (id: string): Promise<RingKey | undefined> => Promise.resolve(keys.get(id));

const message = {
  header: { source: "ada", target: "bob", type: "TASK", version: "2.0.0", priority: "HIGH" },
  body: { content: { message: "grüße 🪐", numbers: [1e21, 0.1, -0] }, metadata: {} },
  unknown: null,
};

const verify = (signed: Record<string, unknown>, at = now) => verifyMessage(signed, find, { now: at });

const partsOf = (signed: Record<string, unknown>): [string, string] => {
  const [header = "", , signature = ""] = String(signed["signature"]).split(".");
  return [header, signature];
};

/** A message signed with a header of one's own. */
async function signedWith(header: Record<string, unknown>, jwk: object = testKeyEd25519): Promise<object> {
  const alg = String(header["alg"]);
  const jws = await new FlattenedSign(new TextEncoder().encode(canonicalize(message)))
    .setProtectedHeader({ ...header, alg })
    .sign(await importJWK({ ...jwk }, alg));
  return { ...message, signature: `${jws.protected}..${jws.signature}` };
}

const honest = { alg: "Ed25519", kid: "k", iat: now / 1_000, jti: "0123456789abcdef" };

describe.each([
  ["Ed25519", pair],
  ["HS256", secret],
])("%s", (algorithm, key) => {
  test("a signed message says who signed it, and for how long it counts", async () => {
    const signed = await signMessage(message, key, now);
    expect(signed).toMatchObject(message);
    const verified = await verify(signed);
    expect(verified.key).toBe(key);
    expect(verified.nonce).toMatch(/^[\w-]{22}$/);
    expect(verified.expiresAt).toBe(now + (messageMaxAge + messageSkew) * 1_000);
  });

  test("the signature is a detached JWS over the canonical message", async () => {
    const [header, signature] = partsOf(await signMessage(message, key, now));
    expect(decodeProtectedHeader({ protected: header })).toEqual({
      alg: algorithm,
      kid: key.id,
      iat: now / 1_000,
      jti: expect.any(String) as string,
    });
    const payload = base64url.encode(canonicalize(message) ?? "");
    const jwk = { ...(key.publicJwk ?? key.privateJwk) };
    await flattenedVerify({ protected: header, payload, signature }, await importJWK(jwk, algorithm));
  });

  test("the order of members does not matter", async () => {
    const signed = await signMessage(message, key, now);
    const turned = Object.fromEntries(Object.entries(signed).toReversed());
    await verify(JSON.parse(JSON.stringify(turned)) as Record<string, unknown>);
  });

  test("a message is signed anew, whatever stood there", async () => {
    await verify(await signMessage({ ...message, signature: "x" }, key, now));
  });
});

test("peers that call Ed25519 by its first name are understood", async () => {
  await verify({ ...(await signedWith({ ...honest, alg: "EdDSA" })) });
});

describe("for whom a message is", () => {
  const here = { name: "fuse/tasks", required: false };
  const verifyFor = (signed: Record<string, unknown>, audience = here) =>
    verifyMessage(signed, find, { now, audience });

  test("is signed with it, and held against who receives it", async () => {
    const signed = await signMessage(message, pair, now, "fuse/tasks");
    const [header] = partsOf(signed);
    expect(decodeProtectedHeader({ protected: header })).toMatchObject({ aud: "fuse/tasks" });
    await verifyFor(signed, { ...here, required: true });
    await expect(verifyFor(signed, { ...here, name: "fuse/results" })).rejects.toThrow("for somebody else");
    await expect(verifyFor(signed, { ...here, name: "other/tasks" })).rejects.toThrow("for somebody else");
    await expect(verifyFor(signed, { ...here, name: "fuse/task" })).rejects.toThrow("for somebody else");
  });

  test("may be several", async () => {
    const aud = ["fuse/tasks", "other/tasks"];
    const signed = { ...(await signedWith({ ...honest, aud })) };
    await verifyFor(signed);
    await verifyFor(signed, { name: "other/tasks", required: true });
    await expect(verifyFor(signed, { ...here, name: "third/tasks" })).rejects.toThrow("for somebody else");
  });

  test("has to be said only where that is asked for", async () => {
    const signed = await signMessage(message, pair, now);
    await verifyFor(signed);
    await expect(verifyFor(signed, { ...here, required: true })).rejects.toThrow(
      'does not say for whom it is; here that is "fuse/tasks"',
    );
  });
});

test("a message's age is measured when it came, and whether it is of the future now", async () => {
  const signed = await signMessage(message, pair, now);
  const late = now + 2 * messageMaxAge * 1_000;
  await verifyMessage(signed, find, { now: late, at: now });
  // What an id says of the time may be nothing like it.
  await verifyMessage(signed, find, { now, at: now - messageMaxAge * 1_000 });
  await expect(verifyMessage(signed, find, { now: late })).rejects.toThrow("too long ago");
});

describe("refused", () => {
  test.each([
    ["a text that changed", { body: { content: { message: "grüße" } } }],
    ["a member more", { more: 1 }],
    ["null for nothing", { unknown: undefined }],
  ])("%s", async (_, change) => {
    const signed = await signMessage(message, pair, now);
    await expect(verify({ ...signed, ...change })).rejects.toThrow("altered");
  });

  test("too old, or of the future", async () => {
    const signed = await signMessage(message, pair, now);
    await verify(signed, now + messageMaxAge * 1_000);
    await verify(signed, now - messageSkew * 1_000);
    await expect(verify(signed, now + messageMaxAge * 1_000 + 1)).rejects.toThrow("too long ago");
    await expect(verify(signed, now - messageSkew * 1_000 - 1)).rejects.toThrow("in the future");
  });

  test("an unknown key, and another's", async () => {
    const unknown = await signMessage(message, pairKey("z", testKeyEd25519), now);
    await expect(verify(unknown)).rejects.toThrow("not known");
    const others = await signMessage(message, secretKey("s", new Uint8Array(32)), now);
    await expect(verify(others)).rejects.toThrow("another key signed it");
  });

  test("another algorithm than the key's", async () => {
    const none = base64url.encode(JSON.stringify({ ...honest, alg: "none" }));
    await expect(verify({ ...message, signature: `${none}..AA` })).rejects.toThrow("another algorithm");
    // The public half, which everyone has, taken for a secret.
    const confused = await signedWith(
      { ...honest, alg: "HS256" },
      { kty: "oct", k: testKeyEd25519.x.repeat(2) },
    );
    await expect(verify({ ...confused })).rejects.toThrow("another algorithm");
  });

  test.each([
    ["no time", { ...honest, iat: undefined }],
    ["no nonce", { ...honest, jti: undefined }],
    ["a short nonce", { ...honest, jti: "short" }],
    ["no key", { ...honest, kid: undefined }],
    ["a claim of its own", { ...honest, jwk: { kty: "OKP" } }],
    ["a time that is no number", { ...honest, iat: "now" }],
    ["nobody for whom it is", { ...honest, aud: [] }],
    ["more for whom it is than there are", { ...honest, aud: Array.from({ length: 9 }, String) }],
  ])("a header with %s", async (_, header) => {
    await expect(verify({ ...(await signedWith(header)) })).rejects.toThrow("header");
  });

  test.each([1, null, "", "a.b.c", "a..b.", "a..", "..a", "x".repeat(5_000), {}])("%j", async (signature) => {
    await expect(verify({ ...message, signature })).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("what has no canonical form", async () => {
    const lone = { ...message, text: "\ud800" };
    await expect(signMessage(lone, pair, now)).rejects.toMatchObject({ code: "invalid_request" });
    const signed = await signMessage(message, pair, now);
    await expect(verify({ ...signed, text: "\ud800" })).rejects.toThrow("canonical form");
  });

  test("a key that cannot be opened here", async () => {
    const closed = { ...secret, privateJwk: null };
    await expect(signMessage(message, closed, now)).rejects.toMatchObject({ code: "conflict" });
  });
});
