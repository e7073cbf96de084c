/** Keys over the API, in the object that keeps them, and as isolates are lent them. */
import { env } from "cloudflare:workers";
import {
  createExecutionContext,
  listDurableObjectIds,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { type CreateKey, type CreatedKey, type Key, type Page, newId } from "@orrery/protocol";
import { base64url } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bodyOf, json, tokenWith } from "./testing/client.ts";
import { createApp } from "./index.ts";
import { testKeyEd25519 } from "../security/signing/testing/rfc9421.ts";
import { keyringFor } from "../security/keys/keyring.ts";
import { type Lender, leaseFor } from "../security/keys/ring-lease.ts";

const app = createApp();

afterEach(() => {
  vi.useRealTimers();
});

/** A workspace of its own, with an isolate of its own. */
function workspace(name = `w-${newId().slice(-12)}`, isolate: Env = { ...env }) {
  const request = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${await tokenWith({ workspace: name })}`);
    const context = createExecutionContext();
    const response = await app.fetch(
      new Request(`https://orrery.example${path}`, { ...init, headers }),
      isolate,
      context,
    );
    await waitOnExecutionContext(context);
    return response;
  };
  const as = async <Answer>(status: number, path: string, init?: RequestInit): Promise<Answer> => {
    const response = await request(path, init);
    const answer = await bodyOf(response);
    expect([response.status, answer]).toEqual([status, answer]);
    return answer as Answer;
  };
  const lender: Lender = env.KEYRINGS.getByName(name);
  return {
    name,
    request,
    lend: () => lender.lend(),
    as,
    keyring: keyringFor(isolate, name),
    ring: env.KEYRINGS.getByName(name),
    make: (body: CreateKey) => as<CreatedKey>(201, "/api/v1/keys", json(body)),
    refuse: (body: object) => as<{ errors: { path: string }[] }>(422, "/api/v1/keys", json(body)),
    key: (id: string) => as<Key>(200, `/api/v1/keys/${id}`),
    rotate: (id: string, overlap: number) =>
      as<CreatedKey>(201, `/api/v1/keys/${id}/rotate`, json({ overlap })),
    retire: (id: string) => as<Key>(200, `/api/v1/keys/${id}/retire`, { method: "POST" }),
    published: async (): Promise<{ kid: string }[]> => {
      const context = createExecutionContext();
      const address = `https://orrery.example/.well-known/jwks/${name}.json`;
      const response = await app.fetch(new Request(address), isolate, context);
      return (await response.json<{ keys: { kid: string }[] }>()).keys;
    },
    /** Everything that the object has on disk, as text. */
    disk: () =>
      runInDurableObject(env.KEYRINGS.getByName(name), (_, state) =>
        state.storage.sql
          .exec<{ name: string }>(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
          )
          .toArray()
          .flatMap((table) =>
            state.storage.sql
              .exec(`SELECT * FROM "${table.name}"`)
              .toArray()
              .map((row) =>
                Object.values(row)
                  .map((value) =>
                    value instanceof ArrayBuffer ? new TextDecoder("latin1").decode(value) : String(value),
                  )
                  .join(" "),
              ),
          )
          .join("\n"),
      ),
  };
}

const own: CreateKey = { use: "sign", algorithm: "Ed25519", holder: { kind: "workspace" } };
const { d: _, ...publicJwk } = testKeyEd25519;
const peer: CreateKey = {
  use: "sign",
  algorithm: "Ed25519",
  holder: { kind: "peer", name: "billing" },
  publicJwk,
};
const shared: CreateKey = { use: "sign", algorithm: "HS256", holder: { kind: "peer", name: "billing" } };
const unseen = (): boolean => false;

describe("making", () => {
  test("a key of ours has a public half for everyone and a private half for nobody", async () => {
    const { make, key, as, published } = workspace();
    const made = await make(own);
    expect(made).toMatchObject({ ...own, status: "active", endsAt: null });
    expect(made).not.toHaveProperty("secret");
    expect(made.publicJwk).toEqual({ kty: "OKP", crv: "Ed25519", x: expect.any(String) as string });
    expect(await key(made.id)).toEqual(made);
    const set = [{ ...made.publicJwk, kid: made.id, use: "sig", alg: "Ed25519" }];
    expect(await published()).toEqual(set);
    expect(await as(200, "/api/v1/jwks")).toEqual({ keys: set });
  });

  test.each(["P-256", "X25519"] as const)("an agent's key on %s is for encryption to it", async (curve) => {
    const { make, published } = workspace();
    const holder = { kind: "agent", agentId: newId() } as const;
    const made = await make({ use: "encrypt", algorithm: "ECDH-ES+A256KW", curve, holder });
    expect(made.publicJwk).toMatchObject({ kty: curve === "P-256" ? "EC" : "OKP", crv: curve });
    expect(await published()).toMatchObject([{ kid: made.id, use: "enc", alg: "ECDH-ES+A256KW" }]);
  });

  test("a peer's key has the name and the scopes that it is given, and is not published by us", async () => {
    const { make, published } = workspace();
    const given = { ...publicJwk, kid: "x", note: "kept by the peer" };
    const made = await make({ ...peer, id: "billing:1", publicJwk: given, scopes: ["agents:read"] });
    expect(made).toMatchObject({ id: "billing:1", publicJwk, scopes: ["agents:read"] });
    expect(Object.keys(made.publicJwk ?? {})).toEqual(["kty", "crv", "x"]);
    expect(await published()).toEqual([]);
  });

  test("a secret that is made here is told once; one that was given is not told back", async () => {
    const { make, key, disk } = workspace();
    const made = await make(shared);
    expect(base64url.decode(made.secret ?? "")).toHaveLength(32);
    expect(await key(made.id)).not.toHaveProperty("secret");
    const secret = base64url.encode(new Uint8Array(48).fill(5));
    expect(await make({ ...shared, secret })).not.toHaveProperty("secret");
    const kept = await disk();
    expect(kept).toContain(made.id);
    expect(kept).not.toContain(made.secret);
    expect(kept).not.toContain(secret);
  });

  test("private halves do not lie on disk", async () => {
    const { make, lend, disk } = workspace();
    const { id } = await make(own);
    const [lent] = (await lend()).keys;
    expect(lent).toMatchObject({ id });
    const d = String(lent?.privateJwk?.["d"]);
    expect(d).toHaveLength(43);
    expect(await disk()).not.toContain(d);
  });

  test("without a KEY_ENCRYPTION_KEY nothing secret is made, and peers' public keys are", async () => {
    // The object has the deployment's variables; what it does without them is what its box does.
    const { ring, lend, make } = workspace();
    await make(peer);
    const refused = await runInDurableObject(ring, async (object) => {
      Object.defineProperty(object, "env", { value: { ...env, KEY_ENCRYPTION_KEY: "" } });
      return object.create({ use: "sign", algorithm: "Ed25519", holder: { kind: "workspace" }, scopes: [] });
    });
    expect(refused).toMatchObject({ ok: false, refusal: { code: "conflict" } });
    expect((await lend()).keys).toHaveLength(1);
  });

  test.each<[string, object, string]>([
    ["a use for the wrong algorithm", { ...own, use: "encrypt" }, "algorithm"],
    ["a curve for a signature", { ...own, curve: "P-256" }, "curve"],
    ["a public half for ours", { ...own, publicJwk }, "publicJwk"],
    ["a secret for ours", { ...own, algorithm: "HS256", secret: "A".repeat(43) }, "secret"],
    ["a name for ours", { ...own, id: "mine" }, "id"],
    ["scopes for ours", { ...own, scopes: ["agents:read"] }, "scopes"],
    ["no public half of a peer's", { ...peer, publicJwk: undefined }, "publicJwk"],
    ["a private half of a peer's", { ...peer, publicJwk: testKeyEd25519 }, "publicJwk"],
    ["a point of another curve", { ...peer, publicJwk: { ...publicJwk, crv: "X25519" } }, "publicJwk.crv"],
    ["a point of no curve", { ...peer, publicJwk: { ...publicJwk, x: "AAAA" } }, "publicJwk"],
    [
      "half a point",
      {
        ...peer,
        use: "encrypt",
        algorithm: "ECDH-ES+A256KW",
        publicJwk: { kty: "EC", crv: "P-256", x: "AAAA" },
      },
      "publicJwk",
    ],
    ["a secret beside a pair", { ...peer, secret: "A".repeat(43) }, "secret"],
    ["a short secret", { ...shared, secret: "A".repeat(42) }, "secret"],
    [
      "scopes for encryption",
      {
        ...peer,
        use: "encrypt",
        algorithm: "ECDH-ES+A256KW",
        publicJwk: { ...publicJwk, crv: "X25519" },
        scopes: ["agents:read"],
      },
      "scopes",
    ],
    ["a scope that no peer has", { ...peer, scopes: ["admin"] }, "scopes.0"],
    ["an id that is an address", { ...peer, id: "jwks" }, "id"],
    ["an id with a slash", { ...peer, id: "a/b" }, "id"],
    ...["workspace", "agent:1", "key:1", "token:1"].map((name): [string, object, string] => [
      `a peer that is called as one of us: ${name}`,
      { ...peer, holder: { kind: "peer", name } },
      "holder.name",
    ]),
    ["an algorithm that there is not", { ...own, algorithm: "RS256" }, "algorithm"],
  ])("refused: %s", async (_, body, path) => {
    const { errors } = await workspace().refuse(body);
    expect(errors.map((error) => error.path)).toContain(path);
  });

  test("an id is taken once, and ours are rotated rather than made twice", async () => {
    const { make, as } = workspace();
    const { id } = await make({ ...peer, id: "one" });
    await as(409, "/api/v1/keys", json({ ...peer, id, holder: { kind: "peer", name: "other" } }));
    await make(own);
    await as(409, "/api/v1/keys", json(own));
  });
});

describe("listing", () => {
  test("newest first, page by page, and nothing of other workspaces", async () => {
    const { make, as, retire } = workspace();
    const made: Key[] = [];
    for (const name of ["a", "b", "c"]) made.push(await make({ ...peer, holder: { kind: "peer", name } }));
    const retired = await retire(made[0]?.id ?? "");
    const first = await as<Page<Key>>(200, "/api/v1/keys?limit=2");
    expect(first.items).toEqual([made[2], made[1]]);
    const second = await as<Page<Key>>(200, `/api/v1/keys?limit=2&cursor=${first.nextCursor}`);
    expect(second).toEqual({ items: [retired], nextCursor: null });
    await as(422, "/api/v1/keys?cursor=nonsense");
    const other = workspace();
    expect(await other.as(200, "/api/v1/keys")).toEqual({ items: [], nextCursor: null });
    await other.as(404, `/api/v1/keys/${made[1]?.id}`);
    await other.as(404, `/api/v1/keys/${made[1]?.id}/rotate`, json({}));
    await other.as(404, `/api/v1/keys/${made[1]?.id}/retire`, { method: "POST" });
    await other.as(404, `/api/v1/keys/${made[1]?.id}`, { method: "DELETE" });
  });
});

describe("rotation", () => {
  test("the successor signs at once; the old key still checks until its overlap has passed", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const start = Date.now();
    const { make, rotate, key, keyring, published } = workspace();
    const old = await make(own);
    const before = await keyring.signMessage({ text: "before" });
    const next = await rotate(old.id, 600);
    expect((await key(old.id)).status).toBe("retiring");
    expect(Date.parse((await key(old.id)).endsAt ?? "") - start).toBe(600_000);
    expect((await published()).map(({ kid }) => kid)).toEqual([next.id, old.id]);
    const after = await keyring.signMessage({ text: "after" });
    expect(await keyring.verifyMessage(before, unseen)).toEqual({
      keyId: old.id,
      subject: "workspace",
      scopes: [],
    });
    expect(await keyring.verifyMessage(after, unseen)).toEqual({
      keyId: next.id,
      subject: "workspace",
      scopes: [],
    });

    vi.setSystemTime(start + 600_000);
    expect((await key(old.id)).status).toBe("retired");
    await expect(keyring.verifyMessage(before, unseen)).rejects.toThrow("has ended");
    expect((await published()).map(({ kid }) => kid)).toEqual([next.id]);
  });

  test("what has ended keeps no private half", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { make, rotate, ring } = workspace();
    const { id } = await make(own);
    await rotate(id, 600);
    const sealed = () =>
      runInDurableObject(
        ring,
        (_, state) => state.storage.sql.exec<{ n: number }>("SELECT count(secret) AS n FROM keys").one().n,
      );
    expect(await sealed()).toBe(2);
    vi.setSystemTime(Date.now() + 600_000);
    expect(await runDurableObjectAlarm(ring)).toBe(true);
    expect(await sealed()).toBe(1);
    // The alarm was the last: nothing else ends.
    expect(await runDurableObjectAlarm(ring)).toBe(false);
  });

  test("only what is active is rotated, and only once", async () => {
    const { make, rotate, as } = workspace();
    const { id } = await make(own);
    await rotate(id, 0);
    await as(409, `/api/v1/keys/${id}/rotate`, json({}));
    const { id: theirs } = await make(peer);
    await as(409, `/api/v1/keys/${theirs}/rotate`, json({}));
    await as(422, `/api/v1/keys/${theirs}/rotate`, json({ overlap: -1 }));
  });

  test("a peer's secret is rotated here, and told once", async () => {
    const { make, rotate } = workspace();
    const first = await make(shared);
    const second = await rotate(first.id, 60);
    expect(second).toMatchObject({ holder: shared.holder, algorithm: "HS256", status: "active" });
    expect(second.secret).not.toBe(first.secret);
  });

  test("a peer rotates by giving its next key; the one before counts for a day", async () => {
    const { make, key } = workspace();
    const first = await make({ ...peer, id: "one" });
    const second = await make({ ...peer, id: "two" });
    const now = Date.parse(second.createdAt);
    expect(await key(first.id)).toMatchObject({ status: "retiring" });
    expect(Date.parse((await key(first.id)).endsAt ?? "") - now).toBe(86_400_000);
  });

  test("a rotated peer's secret keeps its scopes", async () => {
    const { make, rotate } = workspace();
    const { id } = await make({ ...shared, scopes: ["agents:read"] });
    expect(await rotate(id, 0)).toMatchObject({ scopes: ["agents:read"] });
  });
});

describe("ending", () => {
  test("a retired key does nothing from now on, however often it is retired", async () => {
    const { make, retire, keyring } = workspace();
    const { id } = await make(own);
    const signed = await keyring.signMessage({ text: "hello" });
    const retired = await retire(id);
    expect(retired.status).toBe("retired");
    expect(await retire(id)).toEqual(retired);
    await expect(keyring.verifyMessage(signed, unseen)).rejects.toThrow("has ended");
  });

  test("a deleted key is forgotten", async () => {
    const { make, request, as, keyring } = workspace();
    const { id } = await make(own);
    const signed = await keyring.signMessage({ text: "hello" });
    expect((await request(`/api/v1/keys/${id}`, { method: "DELETE" })).status).toBe(204);
    await as(404, `/api/v1/keys/${id}`);
    await as(404, `/api/v1/keys/${id}`, { method: "DELETE" });
    await expect(keyring.verifyMessage(signed, unseen)).rejects.toThrow("not known");
  });

  test("other isolates go by it within their lease", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const here = workspace();
    const { id } = await here.make(own);
    const signed = await here.keyring.signMessage({ text: "hello" });
    const elsewhere = workspace(here.name).keyring;
    await elsewhere.verifyMessage(signed, unseen);
    await here.retire(id);
    await elsewhere.verifyMessage(signed, unseen);
    vi.setSystemTime(Date.now() + leaseFor);
    await expect(elsewhere.verifyMessage(signed, unseen)).rejects.toThrow("has ended");
  });

  test("once the workspace's key is destroyed, nothing of ours signs, and peers' signatures still hold", async () => {
    const { make, ring, keyring, name } = workspace();
    const theirs = workspace();
    await make(own);
    const { publicJwk: half, id } = await theirs.make(own);
    if (half === undefined) throw new Error("a pair has a public half");
    await make({ ...peer, id, publicJwk: half });
    const signed = await theirs.keyring.signMessage({ text: "hello" });
    await ring.destroyWorkspaceKey();
    const later = workspace(name).keyring;
    await expect(later.signMessage({ text: "hello" })).rejects.toMatchObject({ code: "conflict" });
    expect(await later.verifyMessage(signed, unseen)).toEqual({ keyId: id, subject: "billing", scopes: [] });
    await expect(keyring.vault()).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("signing messages", () => {
  test("the workspace's key is made when it is first needed, once however many need it", async () => {
    const { name, published } = workspace();
    const rings = [workspace(name), workspace(name), workspace(name)];
    await Promise.all(rings.map(({ keyring }) => keyring.signMessage({ text: "hello" })));
    expect(await published()).toHaveLength(1);
  });

  test("an agent signs with its own key where it has one, else with the workspace's", async () => {
    const { make, keyring } = workspace();
    const agentId = newId();
    const unsigned = { text: "hello" };
    const first = await keyring.signMessage(unsigned, { agentId });
    expect(await keyring.verifyMessage(first, unseen)).toMatchObject({ subject: "workspace" });
    const { id } = await make({ ...own, holder: { kind: "agent", agentId } });
    const second = await keyring.signMessage(unsigned, { agentId });
    expect(await keyring.verifyMessage(second, unseen)).toEqual({
      keyId: id,
      subject: `agent:${agentId}`,
      scopes: [],
    });
  });

  test("a message is taken once: its nonce belongs to its key, and is kept as long as it counts", async () => {
    const { keyring } = workspace();
    const signed = await keyring.signMessage({ text: "hello" });
    const nonces = new Map<string, number>();
    const seen = (nonce: string, expiresAt: number): boolean => {
      if (nonces.has(nonce)) return true;
      nonces.set(nonce, expiresAt);
      return false;
    };
    const signer = await keyring.verifyMessage(signed, seen);
    await expect(keyring.verifyMessage(signed, seen)).rejects.toThrow("seen before");
    expect([...nonces.keys()]).toEqual([expect.stringMatching(`^${signer?.keyId} `)]);
    for (const end of nonces.values()) expect(end).toBeGreaterThan(Date.now() + 86_400_000);
  });

  test("a message without a signature is nobody's, and asks nothing of anyone", async () => {
    expect(await workspace().keyring.verifyMessage({ text: "hello" }, unseen)).toBeNull();
  });

  test("a peer's key counts as soon as it is there", async () => {
    const here = workspace();
    const theirs = workspace();
    const { publicJwk: half, id } = await theirs.make(own);
    if (half === undefined) throw new Error("a pair has a public half");
    const signed = await theirs.keyring.signMessage({ text: "hello" });
    await expect(here.keyring.verifyMessage(signed, unseen)).rejects.toThrow("not known");
    await here.make({ ...peer, id, publicJwk: half });
    expect(await here.keyring.verifyMessage(signed, unseen)).toMatchObject({ subject: "billing" });
  });
});

describe("the public key sets", () => {
  test("of a workspace that does not exist is empty, and asking makes no object", async () => {
    const { published, name } = workspace();
    expect(await published()).toEqual([]);
    const made = await listDurableObjectIds(env.KEYRINGS);
    expect(made.some((id) => id.equals(env.KEYRINGS.idFromName(name)))).toBe(false);
  });

  test.each(["/.well-known/jwks/UPPER.json", "/.well-known/jwks/default", "/.well-known/jwks/a%2Fb.json"])(
    "%s is no address",
    async (path) => {
      const response = await app.fetch(
        new Request(`https://orrery.example${path}`),
        env,
        createExecutionContext(),
      );
      expect(response.status).toBe(404);
    },
  );
});
