/** What a checker holds a signature to, beyond that it verifies. */
import { base64url } from "jose";
import { describe, expect, test } from "vitest";
import { type Component, component } from "./component.ts";
import type { RequestParts } from "./message-parts.ts";
import { signatureOf } from "./sign.ts";
import { checkerWith, signerWith } from "./signature-algorithm.ts";
import { givenSignatures } from "./signature-fields.ts";
import { fieldLines, testKeyEd25519, testRequest } from "./testing/rfc9421.ts";
import { pairKey, secretKey } from "./testing/ring-keys.ts";
import { type Requirements, type VerifiedSignature, verifySignature } from "./verify.ts";

const now = 1_800_000_000;
const key = pairKey("k", testKeyEd25519);
const secret = secretKey("s", new Uint8Array(32).fill(7));

const requirements: Requirements = {
  now: now * 1_000,
  maxAge: 300,
  skew: 30,
  covered: [['"@method"'], ['"@target-uri"', '"@path"']],
  checker: (keyId) =>
    Promise.resolve(keyId === "k" ? checkerWith(key) : keyId === "s" ? checkerWith(secret) : null),
};

interface Signing {
  message?: RequestParts;
  components?: readonly Component[];
  parameters?: Record<string, string | number | undefined>;
  signer?: typeof key;
}

const whole = [component("@method"), component("@target-uri"), component("content-digest")];

/** Signs as an honest peer does, but for what `signing` says; then checks `received`. */
async function check(signing: Signing, received: RequestParts = testRequest): Promise<VerifiedSignature> {
  const all = { created: now, keyid: "k", nonce: "0123456789abcdef", ...signing.parameters };
  const parameters = new Map(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
  const { input, signature } = await signatureOf(
    signing.message ?? testRequest,
    signing.components ?? whole,
    parameters,
    signerWith(signing.signer ?? key, "k"),
    "sig",
  );
  const [given] = givenSignatures(fieldLines(["signature-input", input], ["signature", signature]));
  if (given === undefined) throw new Error("nothing was signed");
  return verifySignature(given, received, requirements);
}

test("an honest signature says by which key, over what, and how long it counts", async () => {
  expect(await check({ parameters: { expires: now + 60 } })).toEqual({
    keyId: "k",
    covered: new Set(['"@method"', '"@target-uri"', '"content-digest"']),
    nonce: "0123456789abcdef",
    acceptedUntil: (now + 60 + 30) * 1_000,
  });
});

test("each alternative will do", async () => {
  await check({ components: [component("@method"), component("@path")] });
});

test("a secret signs too", async () => {
  await check({ parameters: { keyid: "s", alg: "hmac-sha256" }, signer: secret });
});

test("clocks may differ a little", async () => {
  await check({ parameters: { created: now + 29 } });
  await check({ parameters: { created: now - 329 } });
  await check({ parameters: { created: now - 100, expires: now - 29 } });
});

describe("refused", () => {
  test.each<[string, Signing, string]>([
    ["no time", { parameters: { created: undefined } }, "does not say when"],
    ["a time that is no number", { parameters: { created: "now" } }, "not a time"],
    ["a time between seconds", { parameters: { created: now + 0.5 } }, "not a time"],
    ["a time before all times", { parameters: { created: -1 } }, "not a time"],
    ["the past", { parameters: { created: now - 331 } }, "too old"],
    ["the future", { parameters: { created: now + 31 } }, "in the future"],
    ["expired", { parameters: { created: now - 100, expires: now - 31 } }, "too old"],
    ["expired before it was made", { parameters: { expires: now - 1 } }, "before it was created"],
    [
      "a far end does not make it last",
      { parameters: { created: now - 331, expires: now + 9_999 } },
      "too old",
    ],
    ["no nonce", { parameters: { nonce: undefined } }, "no nonce"],
    ["a short nonce", { parameters: { nonce: "0123456789abcde" } }, "16 to 128"],
    ["a long nonce", { parameters: { nonce: "x".repeat(129) } }, "16 to 128"],
    ["no key", { parameters: { keyid: undefined } }, "no keyid"],
    ["an unknown key", { parameters: { keyid: "z" } }, "not known"],
    ["another's key", { parameters: { keyid: "s" } }, "does not verify"],
    ["another algorithm", { parameters: { alg: "hmac-sha256" } }, "another algorithm"],
    ["an algorithm that is not accepted", { parameters: { alg: "rsa-v1_5-sha256" } }, "another algorithm"],
    ["a missing component", { components: [component("@path")] }, 'does not cover "@method"'],
    ["no component at all", { components: [] }, 'does not cover "@method"'],
    [
      "a component of something else",
      { components: [component("@method"), component("@authority")] },
      'does not cover "@target-uri" or "@path"',
    ],
  ])("%s", async (_, signing, reason) => {
    await expect(check(signing)).rejects.toMatchObject({
      code: "unauthenticated",
      message: expect.stringContaining(reason) as string,
    });
  });

  test.each<[string, Partial<RequestParts>, string]>([
    ["an altered method", { method: "PUT" }, "does not verify"],
    ["an altered path", { url: "https://example.com/bar?param=Value&Pet=dog" }, "does not verify"],
    ["an altered query", { url: "https://example.com/foo?param=Value&Pet=cat" }, "does not verify"],
    ["another authority", { url: "https://example.org/foo?param=Value&Pet=dog" }, "does not verify"],
    ["an altered field", { fields: fieldLines(["content-digest", "sha-256=:AAAA:"]) }, "does not verify"],
    ["a field that is gone", { fields: () => null }, "there is no field content-digest"],
  ])("%s", async (_, altered, reason) => {
    await expect(check({}, { ...testRequest, ...altered })).rejects.toThrow(reason);
  });

  test("a signature over other bytes by the public key as a secret", async () => {
    // The classic confusion: the public half, which everyone has, taken for an HMAC secret.
    const forged = secretKey("k", base64url.decode(testKeyEd25519.x));
    await expect(check({ signer: forged })).rejects.toThrow("does not verify");
  });
});
