import { base64url, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bodyOf, json, testClient, tokenFor, tokenWith } from "./testing/client.ts";

const me = "/api/v1/me";

async function expectUnauthenticated(response: Response): Promise<void> {
  expect(response.status).toBe(401);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("www-authenticate")).toMatch(/^Bearer realm="orrery"/);
  expect(await bodyOf(response)).toMatchObject({ code: "unauthenticated", status: 401, instance: me });
}

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
  afterEach(() => vi.unstubAllGlobals());

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

describe("tokens made here", () => {
  async function make(client: ReturnType<typeof testClient>, body: Record<string, unknown>) {
    const response = await client.fetch("/api/v1/tokens", json(body));
    expect(response.status).toBe(201);
    return (await bodyOf(response)) as { id: string; secret: string };
  }

  test.each(["jwt", "api-key"])(
    "a %s works until it is revoked, at once in the same isolate",
    async (kind) => {
      const client = testClient();
      const { id, secret } = await make(client, { name: "n", kind, scopes: ["agents:read"] });
      const before = await client.fetch(me, { token: secret });
      expect(await bodyOf(before)).toMatchObject({ scopes: ["agents:read"], method: kind });

      expect((await client.fetch(`/api/v1/tokens/${id}`, { method: "DELETE" })).status).toBe(204);
      await expectUnauthenticated(await client.fetch(me, { token: secret }));
      // Another isolate, which starts by reading the list.
      await expectUnauthenticated(await testClient().fetch(me, { token: secret }));
    },
  );

  test("a JWT made elsewhere is revoked by its jti, in its workspace only", async () => {
    const client = testClient();
    const here = await tokenWith({ jti: "shared-id" });
    const there = await tokenWith({ jti: "shared-id", workspace: "other" });
    const revoked = await client.fetch("/api/v1/tokens/revocations", json({ tokenId: "shared-id" }));
    expect(revoked.status).toBe(204);
    await expectUnauthenticated(await client.fetch(me, { token: here }));
    expect((await client.fetch(me, { token: there })).status).toBe(200);
  });

  test("secrets are in the first answer only, and no secret is stored", async () => {
    const client = testClient();
    const { id, secret } = await make(client, { name: "kept", scopes: ["agents:read"] });
    const list = JSON.stringify(await bodyOf(await client.fetch("/api/v1/tokens")));
    expect(list).toContain(id);
    expect(list).not.toContain(secret);
    const rows = await client.env.DB.prepare("SELECT * FROM tokens").all();
    expect(JSON.stringify(rows.results)).not.toContain(secret.split("_").at(-1));
  });

  test("are listed newest first, page by page", async () => {
    const client = testClient();
    const token = await tokenWith({ workspace: "pages" });
    for (const name of ["a", "b", "c"]) {
      await client.fetch("/api/v1/tokens", { ...json({ name, scopes: ["agents:read"] }), token });
    }
    const first = (await bodyOf(await client.fetch("/api/v1/tokens?limit=2", { token }))) as {
      items: { name: string }[];
      nextCursor: string;
    };
    expect(first.items.map((item) => item.name)).toEqual(["c", "b"]);
    const second = await bodyOf(
      await client.fetch(`/api/v1/tokens?limit=2&cursor=${first.nextCursor}`, { token }),
    );
    expect(second).toMatchObject({ items: [{ name: "a" }], nextCursor: null });
    expect((await client.fetch("/api/v1/tokens?cursor=x", { token })).status).toBe(422);
  });

  test("of another workspace are not found", async () => {
    const client = testClient();
    const { id, secret } = await make(client, { name: "n", scopes: ["agents:read"] });
    const stranger = await tokenWith({ workspace: "other" });
    const response = await client.fetch(`/api/v1/tokens/${id}`, { method: "DELETE", token: stranger });
    expect(response.status).toBe(404);
    expect((await client.fetch(me, { token: secret })).status).toBe(200);
  });
});

describe("tickets and tokens in addresses", () => {
  const upgrade = { upgrade: "websocket" };
  const events = { accept: "text/event-stream" };

  async function ticketOf(client: ReturnType<typeof testClient>): Promise<string> {
    const made = await client.fetch("/api/v1/tickets", { method: "POST" });
    expect(made.status).toBe(201);
    return String((await bodyOf(made))["ticket"]);
  }

  test("a ticket opens sockets and event streams, as its token would", async () => {
    const client = testClient();
    const ticket = await ticketOf(client);
    for (const headers of [upgrade, events]) {
      const response = await client.fetch(`${me}?ticket=${ticket}`, { token: null, headers });
      expect(await bodyOf(response)).toMatchObject({
        subject: "tester",
        scopes: ["admin"],
        method: "ticket",
      });
    }
  });

  test("a ticket is no token", async () => {
    const client = testClient();
    await expectUnauthenticated(await client.fetch(me, { token: await ticketOf(client) }));
  });

  test("a token is no ticket", async () => {
    const response = await testClient().fetch(`${me}?ticket=${await tokenWith()}`, {
      token: null,
      headers: upgrade,
    });
    await expectUnauthenticated(response);
  });

  test("a ticket ends with the token it was made from", async () => {
    const client = testClient();
    const token = await tokenWith({ jti: "parent" });
    const made = await client.fetch("/api/v1/tickets", { method: "POST", token });
    const ticket = String((await bodyOf(made))["ticket"]);
    await client.fetch("/api/v1/tokens/revocations", json({ tokenId: "parent" }));
    await expectUnauthenticated(
      await client.fetch(`${me}?ticket=${ticket}`, { token: null, headers: upgrade }),
    );
  });

  test("a token in the address opens sockets only; elsewhere both are refused with words", async () => {
    const client = testClient();
    const token = await tokenWith();
    const socket = await client.fetch(`${me}?token=${token}`, { token: null, headers: upgrade });
    expect(socket.status).toBe(200);
    for (const [path, headers] of [
      [`${me}?token=${token}`, events],
      [`${me}?token=${token}`, {}],
      [`${me}?access_token=${token}`, {}],
      [`${me}?ticket=${await ticketOf(client)}`, {}],
    ] as const) {
      const response = await client.fetch(path, { token: null, headers });
      const text = await response.text();
      expect(response.status).toBe(400);
      expect(text).toContain("invalid_request");
      expect(text).not.toContain(token);
    }
  });
});

describe("rates", () => {
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
});
