import { base64url, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bodyOf, expectUnauthenticated, json, testClient, tokenFor, tokenWith } from "./testing/client.ts";

const me = "/api/v1/me";

test("a valid token is who it says", async () => {
  const response = await testClient().fetch(me);
  expect(response.status).toBe(200);
  expect(await bodyOf(response)).toMatchObject({
    subject: "tester",
    workspaceId: "default",
    scopes: ["admin"],
    method: "jwt",
  });
});

test("a token of our own without an end is taken where it can be revoked", async () => {
  const client = testClient();
  const endless = await client.fetch(me, { token: await tokenWith({ exp: undefined }) });
  expect(await bodyOf(endless)).toMatchObject({ expiresAt: null });
  await expectUnauthenticated(
    await client.fetch(me, { token: await tokenWith({ exp: undefined, jti: undefined }) }),
  );
});

describe("401 for", () => {
  const past = Math.floor(Date.now() / 1_000) - 60;
  const part = (value: unknown): string => base64url.encode(JSON.stringify(value));
  const refused: Record<string, () => Promise<string | null> | string | null> = {
    "no token": () => null,
    "an expired one": () => tokenWith({ exp: past }),
    "one that is not valid yet": () => tokenWith({ nbf: past + 3_600 }),
    "an unsigned one (alg none)": () =>
      `${part({ alg: "none" })}.${part({ iss: "orrery", aud: "orrery", sub: "x", workspace: "default", jti: "1" })}.`,
    "one signed with another key": () => tokenWith({}, { key: new Uint8Array(32) }),
    "one signed with another algorithm": () => tokenWith({}, { algorithm: "HS512", key: new Uint8Array(64) }),
    "one for another audience": () => tokenWith({ aud: "elsewhere" }),
    "one from another issuer": () => tokenWith({ iss: "elsewhere" }),
    "one without a workspace": () => tokenWith({ workspace: undefined }),
    "one with a workspace that cannot be": () => tokenWith({ workspace: "../default" }),
    "one without a subject": () => tokenWith({ sub: undefined }),
    "one whose subject is a number": () => tokenWith({ sub: 5 }),
    "one that ends after all dates": () => tokenWith({ exp: 8.7e12 }),
    "a ticket in place of a token": () => tokenWith({ aud: "orrery:ticket" }),
    nonsense: () => "nonsense",
    "an unknown API key": () => `ork_${"0".repeat(12)}7${"0".repeat(3)}8${"0".repeat(15)}_${"a".repeat(43)}`,
    "a malformed API key": () => "ork_1_2",
  };

  test.each(Object.entries(refused))("%s", async (_, make) => {
    await expectUnauthenticated(await testClient().fetch(me, { token: await make() }));
  });

  test("another scheme than Bearer", async () => {
    await expectUnauthenticated(
      await testClient().fetch(me, { token: null, headers: { authorization: "Basic YTpi" } }),
    );
  });
});

describe("an identity provider's tokens", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  const claims = { iss: "orrery", aud: "orrery", sub: "ada", workspace: "lab", scope: "openid agents:read" };
  const sign = (key: CryptoKey, algorithm: string, kid: string) =>
    new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid }).setExpirationTime("1h").sign(key);

  async function provider() {
    const rsa = await generateKeyPair("RS256", { extractable: true });
    const ed = await generateKeyPair("EdDSA", { extractable: true });
    const keys = [
      { ...(await exportJWK(rsa.publicKey)), kid: "rsa", alg: "RS256" },
      { ...(await exportJWK(ed.publicKey)), kid: "ed" },
    ];
    const served = vi.fn<() => Promise<Response>>(() => Promise.resolve(Response.json({ keys })));
    vi.stubGlobal("fetch", served);
    return { rsa, ed, served, client: testClient({ JWKS_URL: "https://id.example/keys" }) };
  }

  test("verify by the keys it publishes, which are fetched once", async () => {
    const { rsa, ed, served, client } = await provider();
    const first = await client.fetch(me, { token: await sign(rsa.privateKey, "RS256", "rsa") });
    expect(await bodyOf(first)).toMatchObject({
      subject: "ada",
      workspaceId: "lab",
      scopes: ["agents:read"],
    });
    const second = await client.fetch(me, { token: await sign(ed.privateKey, "EdDSA", "ed") });
    expect(second.status).toBe(200);
    expect(served).toHaveBeenCalledTimes(1);
  });

  test("with its public key used as a shared secret are refused", async () => {
    const { rsa, client } = await provider();
    const secret = new TextEncoder().encode(await exportSPKI(rsa.publicKey));
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", kid: "rsa" })
      .setExpirationTime("1h")
      .sign(secret);
    await expectUnauthenticated(await client.fetch(me, { token: forged }));
  });

  test("need an end", async () => {
    const { rsa, client } = await provider();
    const endless = await new SignJWT({ ...claims, jti: "1" })
      .setProtectedHeader({ alg: "RS256", kid: "rsa" })
      .sign(rsa.privateKey);
    await expectUnauthenticated(await client.fetch(me, { token: endless }));
  });

  test("of a key that it does not publish are refused", async () => {
    const { client } = await provider();
    const other = await generateKeyPair("RS256");
    await expectUnauthenticated(
      await client.fetch(me, { token: await sign(other.privateKey, "RS256", "rsa") }),
    );
  });

  test("cannot be judged while its keys cannot be had: 502, not 401", async () => {
    const { rsa } = await provider();
    vi.spyOn(console, "warn").mockReturnValue();
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("down", { status: 503 })));
    const client = testClient({ JWKS_URL: "https://id.example/keys" });
    const response = await client.fetch(me, { token: await sign(rsa.privateKey, "RS256", "rsa") });
    expect(response.status).toBe(502);
    expect(await bodyOf(response)).toMatchObject({ code: "upstream_failed" });
  });
});

describe("Cloudflare Access", () => {
  afterEach(() => vi.unstubAllGlobals());

  async function access() {
    const keys = await generateKeyPair("RS256", { extractable: true });
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: "a", alg: "RS256" };
    vi.stubGlobal("fetch", (url: string) =>
      Promise.resolve(
        url === "https://team.cloudflareaccess.com/cdn-cgi/access/certs"
          ? Response.json({ keys: [jwk] })
          : new Response(null, { status: 404 }),
      ),
    );
    const client = testClient({
      ACCESS_TEAM_DOMAIN: "team.cloudflareaccess.com",
      ACCESS_AUDIENCE: "tag",
      ACCESS_WORKSPACE: "clinic",
    });
    const assertion = (audience: string) =>
      new SignJWT({ email: "ada@example.org" })
        .setProtectedHeader({ alg: "RS256", kid: "a" })
        .setIssuer("https://team.cloudflareaccess.com")
        .setAudience([audience])
        .setExpirationTime("1h")
        .sign(keys.privateKey);
    return { client, assertion };
  }

  test("lets in whom it names, with the deployment's workspace and scopes", async () => {
    const { client, assertion } = await access();
    const headers = { "cf-access-jwt-assertion": await assertion("tag") };
    const response = await client.fetch(me, { token: null, headers });
    expect(await bodyOf(response)).toMatchObject({
      subject: "ada@example.org",
      workspaceId: "clinic",
      scopes: ["agents:read", "agents:write", "executions:run"],
    });
  });

  test("is refused for another application", async () => {
    const { client, assertion } = await access();
    const headers = { "cf-access-jwt-assertion": await assertion("other") };
    await expectUnauthenticated(await client.fetch(me, { token: null, headers }));
  });

  test("does not let another site's page write with the session", async () => {
    const { client, assertion } = await access();
    const headers = { "cf-access-jwt-assertion": await assertion("tag"), origin: "https://evil.example" };
    const response = await client.fetch("/api/v1/tickets", { method: "POST", token: null, headers });
    expect(response.status).toBe(403);
  });
});

describe("scopes", () => {
  test("that are missing are 403, named in the challenge's terms", async () => {
    const response = await testClient().fetch("/api/v1/notes", {
      ...json({ text: "a" }),
      token: await tokenFor("agents:read"),
    });
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toContain("insufficient_scope");
    expect(await bodyOf(response)).toMatchObject({
      code: "forbidden",
      detail: "This needs the scope agents:write",
    });
  });

  test("are all implied by admin", async () => {
    const response = await testClient().fetch("/api/v1/notes", json({ text: "a" }));
    expect(response.status).toBe(201);
  });
});

describe("rates", () => {
  // While no time passes, nothing is gained meanwhile.
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  test("one identity above its rate gets 429 with whole seconds to wait", async () => {
    const client = testClient({ RATE_LIMIT_PER_MINUTE: "10" });
    const token = await tokenWith();
    expect((await client.fetch(me, { token })).status).toBe(200);
    const response = await client.fetch(me, { token });
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    expect(await bodyOf(response)).toMatchObject({ code: "rate_limited" });
    const another = await client.fetch(me, { token: await tokenWith({ sub: "another" }) });
    expect(another.status).toBe(200);
  });

  test("0 turns the limit off", async () => {
    const client = testClient({ RATE_LIMIT_PER_MINUTE: "0" });
    const token = await tokenWith();
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.fetch(me, { token })));
    expect(new Set(answers.map((response) => response.status))).toEqual(new Set([200]));
  });

  test("guessing tokens from one address is slowed; tokens known to be good are not", async () => {
    const client = testClient();
    const good = await tokenWith();
    const from = (address: string) => ({ "cf-connecting-ip": address });
    await client.fetch(me, { token: good, headers: from("192.0.2.1") });
    const statuses: number[] = [];
    for (let guess = 0; guess < 30; guess++) {
      const response = await client.fetch(me, { token: `ork_guess${guess}`, headers: from("192.0.2.1") });
      statuses.push(response.status);
    }
    expect(statuses[0]).toBe(401);
    expect(statuses.at(-1)).toBe(429);
    expect((await client.fetch(me, { token: good, headers: from("192.0.2.1") })).status).toBe(200);
    expect((await client.fetch(me, { token: "ork_x", headers: from("192.0.2.2") })).status).toBe(401);
  });

  test("whoever can prove it is let in from there, where that asks nobody else", async () => {
    const client = testClient();
    const headers = { "cf-connecting-ip": "192.0.2.3" };
    const ticket = await bodyOf(await client.fetch("/api/v1/tickets", { method: "POST", headers }));
    const key = await bodyOf(await client.fetch("/api/v1/tokens", json({ name: "k", scopes: ["admin"] })));
    for (let guess = 0; guess < 30; guess++) await client.fetch(me, { token: `ork_guess${guess}`, headers });
    expect((await client.fetch(me, { headers })).status).toBe(200);
    const opened = `/api/v1/listener?ticket=${String(ticket["ticket"])}`;
    expect((await client.fetch(opened, { token: null, headers })).status).toBe(200);
    expect((await client.fetch(me, { token: String(key["secret"]), headers })).status).toBe(429);
  });

  test("where nobody who is trusted says addresses, guesses of one keep no key of another out", async () => {
    const client = testClient({ CLIENT_ADDRESS_HEADER: "" });
    const key = await bodyOf(await client.fetch("/api/v1/tokens", json({ name: "k", scopes: ["admin"] })));
    const statuses: number[] = [];
    for (let guess = 0; guess < 30; guess++) {
      const headers = { "cf-connecting-ip": `192.0.2.${guess}` };
      statuses.push((await client.fetch(me, { token: `ork_guess${guess}`, headers })).status);
    }
    expect(statuses.at(-1)).toBe(429);
    expect((await client.fetch(me, { token: String(key["secret"]) })).status).toBe(200);
  });
});
