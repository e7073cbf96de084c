/** Both ways with an implementation of RFC 9421 that is not ours. */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { createSigner, createVerifier, httpbis } from "http-message-signatures";
import { describe, expect, test } from "vitest";
import { contentDigest } from "./content-digest.ts";
import { component } from "./component.ts";
import { requestParts, responseParts } from "./message-parts.ts";
import { signatureOf, signedHeaders } from "./sign.ts";
import { checkerWith, signerWith } from "./signature-algorithm.ts";
import { givenSignatures } from "./signature-fields.ts";
import { testKeyEd25519 } from "./testing/rfc9421.ts";
import { pairKey, secretKey } from "./testing/ring-keys.ts";
import { verifySignature } from "./verify.ts";

const secret = new Uint8Array(32).fill(9);
const { x, d } = testKeyEd25519;
const jwk = { kty: "OKP", crv: "Ed25519", x, d };

const algorithms = [
  {
    name: "ed25519",
    ours: pairKey("k", testKeyEd25519),
    theirsSigns: createPrivateKey({ key: jwk, format: "jwk" }),
    theirsChecks: createPublicKey({ key: jwk, format: "jwk" }),
  },
  {
    name: "hmac-sha256",
    ours: secretKey("k", secret),
    theirsSigns: secret,
    theirsChecks: secret,
  },
] as const;

const url = "https://orrery.example/api/v1/agents?limit=1";
const body = '{"name":"Ada"}';

describe.each(algorithms)("$name", ({ name, ours, theirsSigns, theirsChecks }) => {
  test("what we sign, it verifies", async () => {
    const headers = await signedHeaders(
      { method: "POST", url, headers: { "content-type": "application/json" }, body },
      signerWith(ours, "default/k"),
      Date.now(),
    );
    const asked: unknown[] = [];
    const verified = await httpbis.verifyMessage(
      {
        keyLookup: (parameters) => {
          asked.push(parameters.keyid);
          return Promise.resolve({ id: "k", algs: [name], verify: createVerifier(theirsChecks, name) });
        },
        requiredFields: ["@method", "@target-uri", "content-digest"],
        requiredParams: ["created", "expires", "nonce", "keyid"],
        maxAge: 60,
      },
      { method: "POST", url, headers: Object.fromEntries(headers) },
    );
    expect([verified, asked]).toEqual([true, ["default/k"]]);
  });

  test("what it signs, we verify", async () => {
    const signed = await httpbis.signMessage(
      {
        key: createSigner(theirsSigns, name, "default/k"),
        fields: ["@method", "@authority", "@path", "@query", "content-digest", "content-type"],
        params: ["created", "expires", "nonce", "keyid", "alg"],
        paramValues: { nonce: "0123456789abcdef" },
      },
      {
        method: "POST",
        url,
        headers: {
          "content-type": "application/json",
          "content-digest": contentDigest(new TextEncoder().encode(body)),
        },
      },
    );
    const parts = requestParts(
      new Request(url, { method: "POST", headers: signed.headers as Record<string, string>, body }),
    );
    const [given] = givenSignatures(parts.fields);
    if (given === undefined) throw new Error("nothing was signed");
    const verified = await verifySignature(given, parts, {
      now: Date.now(),
      maxAge: 300,
      skew: 30,
      covered: [['"@method"'], ['"@path"'], ['"content-digest"']],
      checker: () => Promise.resolve(checkerWith(ours)),
    });
    expect(verified.keyId).toBe("default/k");
  });

  const request = new Request(url, { method: "POST", body });
  const theirRequest = { method: "POST", url, headers: {} };
  const digest = contentDigest(new TextEncoder().encode("{}"));

  test("what we sign of an answer and of what it answers, it verifies", async () => {
    const response = new Response("{}", { status: 201, headers: { "content-digest": digest } });
    const { input, signature } = await signatureOf(
      responseParts(response, request),
      [component("@status"), component("content-digest"), component("@method", { req: true })],
      new Map([["created", Math.floor(Date.now() / 1_000)]]),
      signerWith(ours, "k"),
      "sig",
    );
    const headers = { "content-digest": digest, "signature-input": input, signature };
    const verify = createVerifier(theirsChecks, name);
    const keyLookup = () => Promise.resolve({ verify });
    expect(await httpbis.verifyMessage({ keyLookup }, { status: 201, headers }, theirRequest)).toBe(true);
    expect(await httpbis.verifyMessage({ keyLookup }, { status: 200, headers }, theirRequest)).toBe(false);
  });

  test("what it signs of an answer and of what it answers, we verify", async () => {
    const signed = await httpbis.signMessage(
      {
        key: createSigner(theirsSigns, name, "k"),
        fields: ["@status", "content-digest", '"@target-uri";req'],
        params: ["created", "nonce", "keyid"],
        paramValues: { nonce: "0123456789abcdef" },
      },
      { status: 201, headers: { "content-digest": digest } },
      theirRequest,
    );
    const headers = signed.headers as Record<string, string>;
    const verify = (status: number) => {
      const parts = responseParts(new Response("{}", { status, headers }), request);
      const [given] = givenSignatures(parts.fields);
      if (given === undefined) throw new Error("nothing was signed");
      return verifySignature(given, parts, {
        now: Date.now(),
        maxAge: 300,
        skew: 30,
        covered: [['"@status"'], ['"@target-uri";req'], ['"content-digest"']],
        checker: () => Promise.resolve(checkerWith(ours)),
      });
    };
    expect((await verify(201)).keyId).toBe("k");
    await expect(verify(200)).rejects.toThrow("does not verify");
  });
});
