/** The examples of RFC 9421 appendix B.2, byte for byte. */
import { base64url } from "jose";
import { describe, expect, test } from "vitest";
import { contentDigest } from "./content-digest.ts";
import type { MessageParts } from "./message-parts.ts";
import { signatureOf } from "./sign.ts";
import { checkerWith, signerWith } from "./signature-algorithm.ts";
import { signatureBase } from "./signature-base.ts";
import { type GivenSignature, givenSignatures } from "./signature-fields.ts";
import {
  type Vector,
  b21,
  b22,
  b23,
  b24,
  b25,
  b26,
  fieldLines,
  testKeyEccP256,
  testKeyEd25519,
  testKeyRsaPss,
  testRequest,
  testRequestBody,
  testResponse,
  testResponseBody,
  testSharedSecret,
} from "./testing/rfc9421.ts";
import { pairKey, secretKey } from "./testing/ring-keys.ts";

const encoder = new TextEncoder();

/** The vector's signature as a receiver finds it. */
function givenOf({ input, signature }: Vector): GivenSignature {
  const [given] = givenSignatures(fieldLines(["signature-input", input], ["signature", signature]));
  if (given === undefined) throw new Error("the vector has no signature");
  return given;
}

const messages: [string, Vector, MessageParts][] = [
  ["B.2.1", b21, testRequest],
  ["B.2.2", b22, testRequest],
  ["B.2.3", b23, testRequest],
  ["B.2.4", b24, testResponse],
  ["B.2.5", b25, testRequest],
  ["B.2.6", b26, testRequest],
];

test.each(messages)("%s has this signature base", (_, vector, message) => {
  expect(signatureBase(givenOf(vector), message)).toBe(vector.base);
});

describe("signatures that are the same each time are made as published", () => {
  const keys = {
    "test-shared-secret": secretKey("test-shared-secret", base64url.decode(testSharedSecret)),
    "test-key-ed25519": pairKey("test-key-ed25519", testKeyEd25519),
  };

  test.each([
    ["B.2.5", b25, "test-shared-secret"],
    ["B.2.6", b26, "test-key-ed25519"],
  ] as const)("%s", async (_, vector, keyId) => {
    const { components, parameters, label, signature } = givenOf(vector);
    const made = await signatureOf(
      testRequest,
      components,
      parameters,
      signerWith(keys[keyId], keyId),
      label,
    );
    expect(made).toEqual({ input: vector.input, signature: vector.signature });
    expect(await checkerWith(keys[keyId]).check(signature, encoder.encode(vector.base))).toBe(true);
  });
});

describe("signatures that differ each time are those of our base", () => {
  test.each([
    ["B.2.1", b21, testRequest],
    ["B.2.2", b22, testRequest],
    ["B.2.3", b23, testRequest],
  ] as const)("%s, by RSASSA-PSS", async (_, vector, message) => {
    const given = givenOf(vector);
    const algorithm = { name: "RSA-PSS", hash: "SHA-512" };
    const key = await crypto.subtle.importKey("jwk", testKeyRsaPss, algorithm, false, ["verify"]);
    const base = encoder.encode(signatureBase(given, message));
    const parameters = { name: "RSA-PSS", saltLength: 64 };
    expect(await crypto.subtle.verify(parameters, key, given.signature, base)).toBe(true);
  });

  test("B.2.4, by ECDSA", async () => {
    const given = givenOf(b24);
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("jwk", testKeyEccP256, algorithm, false, ["verify"]);
    const base = encoder.encode(signatureBase(given, testResponse));
    const parameters = { name: "ECDSA", hash: "SHA-256" };
    expect(await crypto.subtle.verify(parameters, key, given.signature, base)).toBe(true);
  });
});

test("the digests of the bodies are as published (RFC 9530)", () => {
  expect(contentDigest(encoder.encode(testRequestBody), "sha-512")).toBe(
    testRequest.fields("content-digest")?.[0],
  );
  expect(contentDigest(encoder.encode(testResponseBody), "sha-512")).toBe(
    testResponse.fields("content-digest")?.[0],
  );
  expect(contentDigest(encoder.encode(testRequestBody))).toBe(
    "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
  );
});
