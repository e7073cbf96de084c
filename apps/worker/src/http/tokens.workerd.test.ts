import { describe, expect, test, vi } from "vitest";
import { bodyOf, expectUnauthenticated, json, testClient, tokenWith } from "./testing/client.ts";

const me = "/api/v1/me";

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

  test("a token made here is refused until its own end, whatever is said of it", async () => {
    const client = testClient();
    const { id, secret } = await make(client, { name: "n", kind: "jwt", scopes: ["agents:read"] });
    const said = new Date(Date.now() + 60_000).toISOString();
    const revoked = await client.fetch("/api/v1/tokens/revocations", json({ tokenId: id, expiresAt: said }));
    expect(revoked.status).toBe(204);
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      vi.setSystemTime(Date.now() + 10 * 60_000);
      await expectUnauthenticated(await testClient().fetch(me, { token: secret }));
    } finally {
      vi.useRealTimers();
    }
  });

  test("an end that has been is refused, and nothing is revoked", async () => {
    const client = testClient();
    const { id, secret } = await make(client, { name: "n", kind: "jwt", scopes: ["agents:read"] });
    const past = { expiresAt: "2020-01-01T00:00:00.000Z" };
    for (const tokenId of [id, "somebody-elses"]) {
      const refused = await client.fetch("/api/v1/tokens/revocations", json({ tokenId, ...past }));
      expect([refused.status, (await bodyOf(refused))["errors"]]).toEqual([
        422,
        [{ path: "expiresAt", message: "expected a time to come" }],
      ]);
    }
    expect((await client.fetch(me, { token: secret })).status).toBe(200);
  });

  test.each([
    ["api-key", /^ork_[^_]+_(?<proof>.+)$/],
    ["jwt", /\.(?<proof>[^.]+)$/],
  ])("the secret of a %s is in the first answer only, and is not stored", async (kind, parts) => {
    const client = testClient();
    const { id, secret } = await make(client, { name: "kept", kind, scopes: ["agents:read"] });
    const proof = parts.exec(secret)?.groups?.["proof"] ?? "";
    expect(proof).toHaveLength(43);
    const list = JSON.stringify(await bodyOf(await client.fetch("/api/v1/tokens")));
    expect(list).toContain(id);
    expect(list).not.toContain(proof);
    const rows = await client.env.DB.prepare("SELECT * FROM tokens").all();
    expect(JSON.stringify(rows.results)).not.toContain(proof);
  });

  test("are shown one by one, at the address that is given with them", async () => {
    const client = testClient();
    const response = await client.fetch("/api/v1/tokens", json({ name: "one", scopes: ["agents:read"] }));
    const { secret, ...token } = await bodyOf(response);
    expect(secret).toBeTypeOf("string");
    const address = response.headers.get("location") ?? "";
    expect(await bodyOf(await client.fetch(address))).toEqual(token);
    const stranger = await tokenWith({ workspace: "other" });
    expect((await client.fetch(address, { token: stranger })).status).toBe(404);
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
  /** Answers whom it has let in by its address. */
  const listener = "/api/v1/listener";
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
      const response = await client.fetch(`${listener}?ticket=${ticket}`, { token: null, headers });
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
    const response = await testClient().fetch(`${listener}?ticket=${await tokenWith()}`, {
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
      await client.fetch(`${listener}?ticket=${ticket}`, { token: null, headers: upgrade }),
    );
  });

  test("a token in the address opens sockets only; elsewhere both are refused with words", async () => {
    const client = testClient();
    const token = await tokenWith();
    const socket = await client.fetch(`${listener}?token=${token}`, { token: null, headers: upgrade });
    expect(socket.status).toBe(200);
    for (const [path, headers] of [
      [`${listener}?token=${token}`, events],
      [`${listener}?token=${token}`, {}],
      [`${listener}?access_token=${token}`, {}],
      [`${me}?token=${token}`, upgrade],
      [`${me}?ticket=${await ticketOf(client)}`, upgrade],
      [`${me}?ticket=${await ticketOf(client)}`, events],
    ] as const) {
      const response = await client.fetch(path, { token: null, headers });
      const text = await response.text();
      expect(response.status).toBe(400);
      expect(text).toContain("invalid_request");
      expect(text).not.toContain(token);
    }
  });
});
