/** Requests that peers sign, over the whole application. */
import { env } from "cloudflare:workers";
import {
  createExecutionContext,
  evictDurableObject,
  listDurableObjectIds,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { type CreateKey, newId } from "@orrery/protocol";
import { base64url } from "jose";
import { describe, expect, test, vi } from "vitest";
import { bodyOf, expectUnauthenticated, json, tokenWith } from "./testing/client.ts";
import { createApp } from "./index.ts";
import type { RingKey } from "../security/keys/ring.ts";
import { type Component, component } from "../security/signing/component.ts";
import { contentDigest } from "../security/signing/content-digest.ts";
import { requestParts } from "../security/signing/message-parts.ts";
import { signatureOf, signedHeaders } from "../security/signing/sign.ts";
import { signerWith } from "../security/signing/signature-algorithm.ts";
import { pairKey, secretKey } from "../security/signing/testing/ring-keys.ts";

const app = createApp();
const isolate: Env = { ...env };
const origin = "https://orrery.example";
const me = `${origin}/api/v1/me`;
const agents = `${origin}/api/v1/agents`;

/** Addresses differ, so that no test is slowed by the failures of another. */
let address = 0;

async function send(request: Request, token?: string): Promise<Response> {
  const headers = new Headers(request.headers);
  if (!headers.has("cf-connecting-ip")) headers.set("cf-connecting-ip", `test-${++address}`);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const context = createExecutionContext();
  const response = await app.fetch(new Request(request, { headers }), isolate, context);
  await waitOnExecutionContext(context);
  return response;
}

const api = async (workspace: string, path: string, body: object): Promise<Record<string, unknown>> =>
  bodyOf(await send(new Request(`${origin}/api/v1${path}`, json(body)), await tokenWith({ workspace })));

interface Peer {
  workspace: string;
  key: RingKey;
  /** As Signature-Input names it. */
  keyId: string;
}

/** A peer of a new workspace, which has a key pair of its own. */
async function newPeer(more: Partial<CreateKey> = {}, workspace = `w-${newId().slice(-12)}`): Promise<Peer> {
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("no pair");
  const jwk = (await crypto.subtle.exportKey("jwk", pair.privateKey)) as { x: string; d: string };
  const half = { kty: "OKP", crv: "Ed25519", x: jwk.x } as const;
  const made = await api(workspace, "/keys", {
    use: "sign",
    algorithm: "Ed25519",
    holder: { kind: "peer", name: "billing" },
    publicJwk: half,
    scopes: ["agents:read", "agents:write"],
    ...more,
  });
  const id = String(made["id"]);
  return { workspace, key: pairKey(id, { ...half, d: jwk.d }), keyId: `${workspace}/${id}` };
}

/** A request as the peer's own code would sign it. */
async function signed({ key, keyId }: Peer, url: string, body?: object): Promise<Request> {
  const method = body === undefined ? "GET" : "POST";
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const plain = {
    method,
    url,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    ...text,
  };
  return new Request(url, {
    ...plain,
    headers: await signedHeaders(plain, signerWith(key, keyId), Date.now()),
  });
}

interface Signing {
  components?: readonly Component[];
  parameters?: Record<string, string | number | undefined>;
  label?: string;
}

/** A request signed with components and parameters of one's own. */
async function signedAs({ key, keyId }: Peer, request: Request, signing: Signing): Promise<Request> {
  const all = {
    created: Math.floor(Date.now() / 1_000),
    nonce: base64url.encode(crypto.getRandomValues(new Uint8Array(16))),
    keyid: keyId,
    ...signing.parameters,
  };
  const parameters = new Map(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
  const components = signing.components ?? [component("@method"), component("@target-uri")];
  const { input, signature } = await signatureOf(
    requestParts(request),
    components,
    parameters,
    signerWith(key, keyId),
    signing.label ?? "sig",
  );
  const headers = new Headers(request.headers);
  headers.append("signature-input", input);
  headers.append("signature", signature);
  return new Request(request, { headers });
}

async function expectRefused(request: Request, reason: string): Promise<void> {
  const response = await send(request);
  const answer = await bodyOf(response.clone());
  expect([answer["detail"], response.status]).toEqual([expect.stringContaining(reason), 401]);
  await expectUnauthenticated(response);
}

describe("a signed request", () => {
  test("is its peer's, in the workspace of its key, with the scopes of its key", async () => {
    const peer = await newPeer();
    const response = await send(await signed(peer, me));
    expect(await bodyOf(response)).toEqual({
      subject: "billing",
      workspaceId: peer.workspace,
      scopes: ["agents:read", "agents:write"],
      expiresAt: null,
      method: "signature",
    });
  });

  test("does what its scopes allow and nothing else", async () => {
    const peer = await newPeer();
    const made = await send(await signed(peer, agents, { name: "Ada" }));
    expect(made.status).toBe(201);
    const listed = await send(await signed(peer, `${agents}?limit=1`));
    expect(await bodyOf(listed)).toMatchObject({ items: [{ name: "Ada" }] });
    const refused = await send(await signed(peer, `${origin}/api/v1/keys`));
    expect(refused.status).toBe(403);
  });

  test("may be signed with a secret that both know", async () => {
    const secret = crypto.getRandomValues(new Uint8Array(32));
    const { workspace, keyId } = await newPeer({
      algorithm: "HS256",
      secret: base64url.encode(secret),
      publicJwk: undefined,
    });
    const id = keyId.split("/")[1] ?? "";
    const response = await send(await signed({ workspace, keyId, key: secretKey(id, secret) }, me));
    expect(await bodyOf(response)).toMatchObject({ subject: "billing", method: "signature" });
  });

  test("may name its parts instead of the whole address", async () => {
    const peer = await newPeer();
    const parts = [component("@method"), component("@authority"), component("@path"), component("@query")];
    const whole = await signedAs(peer, new Request(`${me}?a=1`), { components: parts });
    expect((await send(whole)).status).toBe(200);
    const withoutQuery = await signedAs(peer, new Request(me), { components: parts.slice(0, 3) });
    expect((await send(withoutQuery)).status).toBe(200);
  });

  test("may carry signatures of others on its way", async () => {
    const peer = await newPeer();
    const proxied = await signedAs({ ...peer, keyId: "proxy" }, await signed(peer, me), { label: "proxy" });
    expect((await send(proxied)).status).toBe(200);
  });

  test("goes by the token where it has one, too", async () => {
    const peer = await newPeer();
    const response = await send(await signed(peer, me), await tokenWith({ sub: "someone" }));
    expect(await bodyOf(response)).toMatchObject({ subject: "someone", method: "jwt" });
  });

  test("ends when its key does", async () => {
    const peer = await newPeer();
    const id = peer.keyId.split("/")[1] ?? "";
    await newPeer({ id: "next" }, peer.workspace);
    const answer = await bodyOf(await send(await signed(peer, me)));
    const end = Date.parse(String(answer["expiresAt"]));
    expect(end).toBeGreaterThan(Date.now() + 86_000_000);
    await api(peer.workspace, `/keys/${id}/retire`, {});
    await expectRefused(await signed(peer, me), "has ended");
  });
});

describe("refused", () => {
  test("a body that was altered, or that is not covered", async () => {
    const peer = await newPeer();
    const honest = await signed(peer, agents, { name: "Ada" });
    await expectRefused(
      new Request(honest, { method: "POST", body: '{"name":"Bob"}' }),
      "Content-Digest differs",
    );
    const bare = new Request(agents, json({ name: "Ada" }));
    await expectRefused(await signedAs(peer, bare, {}), 'does not cover "content-digest"');
    const empty = await signed(peer, me);
    await expectRefused(new Request(empty, { method: "POST", body: "{}" }), "does not verify");
  });

  test("a body whose digest was altered with it", async () => {
    const peer = await newPeer();
    const honest = await signed(peer, agents, { name: "Ada" });
    const headers = new Headers(honest.headers);
    const body = '{"name":"Bob"}';
    headers.set("content-digest", contentDigest(new TextEncoder().encode(body)));
    await expectRefused(new Request(honest, { method: "POST", body, headers }), "does not verify");
  });

  test("another header, path, query, method or host", async () => {
    const peer = await newPeer();
    const honest = await signed(peer, agents, { name: "Ada" });
    const headers = new Headers(honest.headers);
    headers.set("content-type", "application/json; charset=utf-8");
    await expectRefused(new Request(honest.clone(), { headers }), "does not verify");
    for (const [url, method] of [
      [`${origin}/api/v1/me`, "GET"],
      [`${agents}?limit=1`, "GET"],
      [agents, "DELETE"],
      ["https://other.example/api/v1/agents", "GET"],
    ] as const) {
      const { headers: given } = await signed(peer, agents);
      await expectRefused(new Request(url, { method, headers: given }), "does not verify");
    }
  });

  test("a query that nobody signed", async () => {
    const peer = await newPeer();
    const components = [component("@method"), component("@authority"), component("@path")];
    const { headers } = await signedAs(peer, new Request(me), { components });
    await expectRefused(new Request(`${me}?limit=1`, { headers }), 'or "@query"');
  });

  test("a request that comes again", async () => {
    const peer = await newPeer();
    const { headers } = await signed(peer, me);
    expect((await send(new Request(me, { headers }))).status).toBe(200);
    await expectRefused(new Request(me, { headers }), "sent before");
    await evictDurableObject(env.KEYRINGS.getByName(peer.workspace));
    await expectRefused(new Request(me, { headers }), "sent before");
  });

  test("a nonce that its key has used, not one that another has", async () => {
    const peer = await newPeer();
    const other = await newPeer({ holder: { kind: "peer", name: "other" } }, peer.workspace);
    const nonce = { parameters: { nonce: "0123456789abcdef" } };
    expect((await send(await signedAs(peer, new Request(me), nonce))).status).toBe(200);
    expect((await send(await signedAs(other, new Request(me), nonce))).status).toBe(200);
    await expectRefused(await signedAs(peer, new Request(me), nonce), "sent before");
  });

  test("an altered copy does not use up the nonce of the original", async () => {
    const peer = await newPeer();
    const honest = await signed(peer, agents, { name: "Ada" });
    await expectRefused(
      new Request(honest.clone(), { method: "POST", body: '{"name":"Bob"}' }),
      "Content-Digest differs",
    );
    expect((await send(honest)).status).toBe(201);
  });

  test("stale times, and those of the future", async () => {
    const peer = await newPeer();
    const now = Math.floor(Date.now() / 1_000);
    for (const [parameters, reason] of [
      [{ created: now - 400 }, "too old"],
      [{ created: now + 100 }, "in the future"],
      [{ created: now - 100, expires: now - 60 }, "too old"],
      [{ created: undefined }, "does not say when"],
      [{ nonce: undefined }, "no nonce"],
    ] as const) {
      await expectRefused(await signedAs(peer, new Request(me), { parameters }), reason);
    }
  });

  test("wrong keys, unknown keys, keys of other workspaces, and keys that are not for requests", async () => {
    const peer = await newPeer();
    const other = await newPeer();
    const id = peer.keyId.split("/")[1] ?? "";
    await expectRefused(await signed({ ...peer, key: other.key }, me), "does not verify");
    await expectRefused(await signed({ ...peer, keyId: `${peer.workspace}/unknown` }, me), "not known");
    await expectRefused(await signed({ ...peer, keyId: `${other.workspace}/${id}` }, me), "not known");
    await expectRefused(await signed({ ...peer, keyId: id }, me), "names a key by <workspace>/<key id>");
    await expectRefused(await signed(await newPeer({ scopes: [] }), me), "has no scopes");
    const own = await api(peer.workspace, "/keys", {
      use: "sign",
      algorithm: "Ed25519",
      holder: { kind: "workspace" },
    });
    await expectRefused(
      await signed({ ...peer, keyId: `${peer.workspace}/${String(own["id"])}` }, me),
      "no scopes",
    );
  });

  test("a workspace that does not exist, for which no object is made", async () => {
    const peer = await newPeer();
    const name = `w-${newId().slice(-12)}`;
    await expectRefused(await signed({ ...peer, keyId: `${name}/billing` }, me), "not known");
    const made = await listDurableObjectIds(env.KEYRINGS);
    expect(made.some((id) => id.equals(env.KEYRINGS.idFromName(name)))).toBe(false);
  });

  test("another algorithm than the key's, whatever it is called", async () => {
    const peer = await newPeer();
    for (const alg of ["hmac-sha256", "rsa-v1_5-sha256", "none", ""]) {
      const downgraded = await signedAs(peer, new Request(me), { parameters: { alg } });
      await expectRefused(downgraded, "another algorithm");
    }
    // The public half, which everyone has, taken for a secret.
    const x = base64url.decode(String(peer.key.publicJwk?.x));
    await expectRefused(await signed({ ...peer, key: secretKey("k", x) }, me), "does not verify");
  });

  test("components that are missing", async () => {
    const peer = await newPeer();
    for (const [components, missing] of [
      [[], '"@method"'],
      [[component("@target-uri")], '"@method"'],
      [[component("@method")], '"@target-uri" or "@authority"'],
      [[component("@method"), component("@path")], '"@target-uri" or "@authority"'],
    ] as const) {
      const request = await signedAs(peer, new Request(me), { components });
      await expectRefused(request, `does not cover ${missing}`);
    }
  });

  test("labels twice, two signatures for us, and fields that are too long or not there", async () => {
    const peer = await newPeer();
    const { headers } = await signed(peer, me);
    const input = headers.get("signature-input") ?? "";
    const signature = headers.get("signature") ?? "";
    const withFields = (fields: Record<string, string>): Request => new Request(me, { headers: fields });
    await expectRefused(withFields({ "signature-input": `${input}, ${input}`, signature }), "label twice");
    await expectRefused(withFields({ "signature-input": input }), "no signature field");
    await expectRefused(withFields({ "signature-input": "sig=(", signature }), "not well formed");
    const long = `${input};x="${"x".repeat(9_000)}"`;
    await expectRefused(withFields({ "signature-input": long, signature }), "too long");
    const twice = await signedAs(peer, await signed(peer, me), { label: "other" });
    await expectRefused(twice, "More than one signature");
  });

  test("a body beyond what any route takes is not read to its end", async () => {
    const peer = await newPeer();
    const size = 17 * 1024 * 1024;
    const components = [component("@method"), component("@target-uri"), component("content-digest")];
    const headers = { "content-type": "application/json", "content-digest": "sha-256=:AAAA:" };
    const request = await signedAs(peer, new Request(agents, { method: "POST", headers }), { components });
    const large = new Request(request, { method: "POST", body: new Uint8Array(size) });
    expect((await send(large)).status).toBe(413);
  });

  test("an address that sends too many wrong ones is slowed", async () => {
    const peer = await newPeer();
    const wrong = { ...peer, keyId: `${peer.workspace}/unknown` };
    let status = 401;
    for (let sent = 0; sent < 25 && status === 401; sent++) {
      const { headers } = await signed(wrong, me);
      headers.set("cf-connecting-ip", "guesser");
      ({ status } = await send(new Request(me, { headers })));
    }
    expect(status).toBe(429);
  });
});

test("nonces are forgotten once no request could come with them", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const peer = await newPeer();
  const ring = env.KEYRINGS.getByName(peer.workspace);
  const nonces = () =>
    runInDurableObject(
      ring,
      (_, state) => state.storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM nonces").one().n,
    );
  await send(await signed(peer, me));
  await send(await signed(peer, me));
  expect(await nonces()).toBe(2);
  vi.setSystemTime(Date.now() + 600_000);
  await send(await signed(peer, me));
  expect(await runDurableObjectAlarm(ring)).toBe(true);
  expect(await nonces()).toBe(1);
  vi.useRealTimers();
});
