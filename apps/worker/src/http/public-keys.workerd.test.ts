/** What a service that we call needs to know who calls: the request, and the workspace's public key set. */
import { createPublicKey } from "node:crypto";
import { env } from "cloudflare:workers";
import { createExecutionContext } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { createVerifier, httpbis } from "http-message-signatures";
import type { JWK } from "jose";
import { expect, test, vi } from "vitest";
import type { AgentRecord } from "../agents/agent-settings.ts";
import { toolsFor } from "../agents/agent-tools.ts";
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

interface Sent {
  method: string;
  url: string;
  headers: Record<string, string>;
}

/** Whether a service that knows nothing but the workspace's public keys takes a request for the workspace's. */
async function verified(workspaceId: string, sent: Sent): Promise<boolean | null> {
  const keys = await keysOf(workspaceId);
  const keyLookup = ({ keyid }: { keyid?: unknown }) => {
    const jwk = keys.get(String(keyid));
    if (jwk === undefined) return Promise.resolve(null);
    const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
    return Promise.resolve({ verify: createVerifier(key, "ed25519") });
  };
  return httpbis.verifyMessage(
    {
      keyLookup,
      requiredFields: ["@method", "@target-uri", "content-digest", "content-type"],
      requiredParams: ["created", "expires", "nonce", "keyid"],
    },
    sent,
  );
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
  expect((await keysOf(workspaceId)).size).toBe(1);
  const sent = { method: "POST", url, headers: Object.fromEntries(headers) };
  expect(await verified(workspaceId, sent)).toBe(true);
  expect(await verified(workspaceId, { ...sent, url: "https://ledger.example/book" })).toBe(false);
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

test("an agent's tool over HTTP is signed with its workspace's key where the setting says so", async () => {
  const workspaceId = `w-${newId().slice(-12)}`;
  const sent: Request[] = [];
  vi.stubGlobal("fetch", (to: string, init: RequestInit) => {
    sent.push(new Request(to, init));
    return Promise.resolve(new Response("booked"));
  });
  const ledger = { description: "Books.", inputSchema: { type: "object" }, url, effect: "repeatable" };
  const isolate: Env = {
    ...env,
    HTTP_TOOLS: JSON.stringify([
      { ...ledger, name: "signed", sign: true },
      { ...ledger, name: "plain" },
    ]),
  };
  const settings = { tools: ["signed", "plain"] } as AgentRecord["settings"];
  const tools = toolsFor(isolate, { workspaceId, settings, version: 1 }, false);
  const context = {
    idempotencyKey: "k",
    signal: new AbortController().signal,
    now: () => new Date(),
    documents: () => Promise.resolve([]),
  };
  for (const tool of tools.values()) expect(await tool.run({}, context)).toBe("booked");
  vi.unstubAllGlobals();
  const [signed, plain] = sent.map(({ headers }) => Object.fromEntries(headers));
  expect(plain).not.toHaveProperty("signature");
  expect(await verified(workspaceId, { method: "POST", url, headers: signed ?? {} })).toBe(true);
});
