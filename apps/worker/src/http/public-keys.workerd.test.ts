/** What a service that we call needs to know who calls: the request, and the workspace's public key set. */
import { createPublicKey } from "node:crypto";
import { env } from "cloudflare:workers";
import { createExecutionContext } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { createVerifier, httpbis } from "http-message-signatures";
import type { JWK } from "jose";
import { expect, test } from "vitest";
import { createApp } from "./index.ts";
import { checkContentDigest } from "../security/signing/content-digest.ts";
import { requestSigningFor } from "../security/signing/outgoing-requests.ts";

const url = "https://ledger.example/book?dry=1";
const body = '{"input":{"amount":120}}';

/** The keys of a workspace by their names in signatures, as anyone gets them. */
async function keysOf(workspaceId: string): Promise<Map<string, JWK>> {
  const address = `https://orrery.example/.well-known/jwks/${workspaceId}.json`;
  const response = await createApp().fetch(new Request(address), { ...env }, createExecutionContext());
  const { keys } = await response.json<{ keys: JWK[] }>();
  return new Map(keys.map((key) => [`${workspaceId}/${key.kid}`, key]));
}

test("another implementation verifies what we send, by the key that we publish", async () => {
  const workspaceId = `w-${newId().slice(-12)}`;
  const headers = await requestSigningFor(
    { ...env },
    workspaceId,
  )({
    method: "POST",
    url,
    headers: { "content-type": "application/json", "idempotency-key": "k" },
    body,
  });
  const keys = await keysOf(workspaceId);
  expect(keys.size).toBe(1);
  const verify = (sent: { method: string; url: string; headers: Record<string, string> }) =>
    httpbis.verifyMessage(
      {
        keyLookup: ({ keyid }) => {
          const jwk = keys.get(String(keyid));
          if (jwk === undefined) return Promise.resolve(null);
          const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
          return Promise.resolve({ verify: createVerifier(key, "ed25519") });
        },
        requiredFields: ["@method", "@target-uri", "content-digest", "content-type"],
        requiredParams: ["created", "expires", "nonce", "keyid"],
      },
      sent,
    );
  const sent = { method: "POST", url, headers: Object.fromEntries(headers) };
  expect(await verify(sent)).toBe(true);
  expect(await verify({ ...sent, url: "https://ledger.example/book" })).toBe(false);
  expect(headers.get("idempotency-key")).toBe("k");
  checkContentDigest(headers.get("content-digest") ?? "", new TextEncoder().encode(body));
});

test("every request has a nonce of its own", async () => {
  const sign = requestSigningFor({ ...env }, `w-${newId().slice(-12)}`);
  const inputs = await Promise.all(
    [1, 2, 3].map(async () => (await sign({ method: "GET", url, headers: {} })).get("signature-input")),
  );
  expect(new Set(inputs.map((input) => /nonce="([\w-]{22})"/.exec(input ?? "")?.[1])).size).toBe(3);
});
