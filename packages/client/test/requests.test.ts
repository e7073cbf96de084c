import { OrreryError } from "@orrery/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ApiError, ConnectionError, createClient, type ClientOptions } from "../src/index.ts";
import { instantClock } from "./instant-clock.ts";
import { startWireServer, type WireServer } from "./wire/wire-server.ts";

let wire: WireServer;
beforeAll(async () => {
  wire = await startWireServer();
});
afterAll(() => wire.close());
beforeEach(() => {
  wire.requests.length = 0;
});

const clientOf = (options: Partial<ClientOptions> = {}) =>
  createClient({ baseUrl: wire.url, token: wire.token, clock: instantClock(), ...options });

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("agents", () => {
  test("are created, read, listed, changed and deleted", async () => {
    const { agents } = clientOf();
    const made = await agents.create({ name: "Ada", systemPrompt: "be brief" });
    expect(made).toMatchObject({ name: "Ada", model: "offline/extract", systemPrompt: "be brief" });
    expect(await agents.get(made.id)).toEqual(made);
    expect((await agents.list({ q: "ad" })).items).toEqual([made]);
    expect(await agents.update(made.id, { name: "Ida", systemPrompt: null })).not.toHaveProperty(
      "systemPrompt",
    );
    await agents.delete(made.id);
    expect(await rejection(agents.get(made.id))).toMatchObject({ code: "not_found", status: 404 });
  });

  test("are all given, page by page", async () => {
    const { agents } = clientOf();
    const ids = new Set<string>();
    for (let at = 0; at < 130; at++) ids.add((await agents.create({ name: `Fleet ${at}` })).id);
    wire.requests.length = 0;
    const listed = await Array.fromAsync(agents.listAll({ q: "fleet" }));
    expect(new Set(listed.map(({ id }) => id))).toEqual(ids);
    expect(wire.requests).toHaveLength(2);
    wire.agents.clear();
  });
});

describe("a refusal", () => {
  test("carries the problem's code, words and fields, and the request's id", async () => {
    const error = await rejection(clientOf().agents.create({ name: "" }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: "invalid_request", status: 400, requestId: "req-1" });
    expect((error as ApiError).errors.map(({ path }) => path)).toEqual(["name"]);
    expect((error as ApiError).message).toBe((error as ApiError).detail);
  });

  test("of a server that is not Orrery is told as that", async () => {
    const client = clientOf({ retry: { attempts: 1 } });
    wire.fail("/me", { status: 200, body: "<!doctype html><p>hello" });
    expect(await rejection(client.me())).toMatchObject({
      name: "ConnectionError",
      reason: "unreachable",
      message: `What answers at ${wire.url} is not Orrery.`,
    });
    wire.fail("/me", "drop");
    expect(await rejection(client.me())).toMatchObject({ message: `Cannot reach ${wire.url}.` });
  });

  test("comes at once for an address that is none", () => {
    for (const baseUrl of ["nonsense", "", "localhost:8787", "ftp://x"]) {
      expect(() => createClient({ baseUrl })).toThrow(TypeError);
    }
  });

  test("that explains nothing is named by its status", async () => {
    wire.fail("GET /api/v1/me", { status: 403, body: "<html>" });
    expect(await rejection(clientOf().me())).toMatchObject({ code: "forbidden", status: 403 });
    wire.fail("GET /api/v1/me", { status: 418, body: "" });
    expect(await rejection(clientOf().me())).toMatchObject({ code: "unknown", status: 418 });
  });

  test("of a token is met with a newer one, once", async () => {
    const given = ["old", wire.token];
    const client = clientOf({ getToken: () => given.shift() });
    expect(await client.me()).toMatchObject({ subject: "tester" });
    expect(await rejection(clientOf({ token: "old" }).me())).toMatchObject({ code: "unauthenticated" });
    expect(wire.requests).toHaveLength(3);
  });
});

describe("a request", () => {
  test("is sent again after a broken line and after 502, 503 and 504, with pauses that grow", async () => {
    const clock = instantClock();
    wire.fail("GET /api/v1/me", "drop", { status: 503, body: "" }, new OrreryError("upstream_failed", "no"));
    await clientOf({ clock }).me();
    expect(clock.pauses).toEqual([187.5, 375, 750]);
  });

  test("is sent no oftener than the policy says", async () => {
    wire.fail("GET /api/v1/me", "drop", "drop");
    const error = await rejection(clientOf({ retry: { attempts: 2 } }).me());
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ reason: "unreachable" });
  });

  test("waits as long as Retry-After says, and not at all where that is too long", async () => {
    const clock = instantClock();
    wire.fail("GET /api/v1/me", new OrreryError("rate_limited", "slow down", { retryAfter: 3 }));
    await clientOf({ clock }).me();
    expect(clock.pauses).toEqual([3_000]);
    wire.fail("GET /api/v1/me", new OrreryError("rate_limited", "slow down", { retryAfter: 3_600 }));
    expect(await rejection(clientOf().me())).toMatchObject({ code: "rate_limited", retryAfter: 3_600 });
  });

  test("is not sent again where that is no use", async () => {
    wire.fail("GET /api/v1/me", new OrreryError("internal", "broken"));
    expect(await rejection(clientOf().me())).toMatchObject({ code: "internal" });
    expect(wire.requests).toHaveLength(1);
  });

  test("that writes carries one key for all its tries, so that it works once", async () => {
    wire.fail("POST /api/v1/agents", "drop");
    await clientOf().agents.create({ name: "Once" });
    const keys = wire.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[1]).toBe(keys[0]);
  });

  const runs = new OrreryError("conflict", "it still runs", { retryAfter: 1 });

  test("whose first try still runs at the server waits for it, beyond the policy's tries", async () => {
    const clock = instantClock();
    wire.fail("POST /api/v1/agents", "drop", ...Array.from({ length: 30 }, () => runs));
    expect(await clientOf({ clock }).agents.create({ name: "Slow" })).toMatchObject({ name: "Slow" });
    expect(clock.pauses).toEqual([187.5, ...Array.from({ length: 30 }, () => 1_000)]);
    expect(new Set(wire.requests.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
  });

  test("waits a minute for its first try, and not for ever", async () => {
    const clock = instantClock();
    wire.fail("POST /api/v1/agents", "drop", ...Array.from({ length: 66 }, () => runs));
    expect(await rejection(clientOf({ clock }).agents.create({ name: "Slow" }))).toMatchObject({
      code: "conflict",
    });
    expect(clock.pauses.slice(1)).toHaveLength(65);
  });

  test("does not wait for another call's try, nor where a conflict is of another kind", async () => {
    wire.fail("POST /api/v1/agents", runs, "drop", new OrreryError("conflict", "there is one"));
    const { agents } = clientOf();
    expect(await rejection(agents.create({ name: "One" }, { idempotencyKey: "shared" }))).toMatchObject({
      retryAfter: 1,
    });
    expect(await rejection(agents.create({ name: "Two" }))).toMatchObject({ detail: "there is one" });
    expect(wire.requests).toHaveLength(3);
  });

  test("may take longer than its limit once its answer has begun", async () => {
    let timeIsUp = () => {};
    const clock = {
      ...instantClock(),
      sleep: (_ms: number, signal?: AbortSignal) =>
        new Promise<void>((resolve) => {
          timeIsUp = resolve;
          signal?.addEventListener("abort", () => resolve());
        }),
    };
    const slow: typeof fetch = (_address, init) => {
      const body = new ReadableStream<Uint8Array>({
        async start(controller) {
          await new Promise((resolve) => setImmediate(resolve));
          timeIsUp();
          await new Promise((resolve) => setImmediate(resolve));
          if (init?.signal?.aborted === true) controller.error(init.signal.reason);
          else controller.enqueue(new TextEncoder().encode('{"subject": "tester"}'));
          controller.close();
        },
      });
      return Promise.resolve(new Response(body));
    };
    const client = clientOf({ clock, fetch: slow, timeoutMs: 5, retry: { attempts: 1 } });
    expect(await client.me()).toEqual({ subject: "tester" });
  });

  test("that took too long says so", async () => {
    const late = createClient({
      baseUrl: wire.url,
      token: wire.token,
      timeoutMs: 5,
      clock: { ...instantClock(0), sleep: () => Promise.resolve() },
      retry: { attempts: 1 },
    });
    expect(await rejection(late.me())).toMatchObject({ name: "ConnectionError", reason: "timeout" });
  });

  test("ends with its signal's own reason", async () => {
    const reason = new Error("left");
    expect(await rejection(clientOf().me({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  test.each(["first", "newer"])("is not sent once its signal aborted during the %s token", async (which) => {
    const left = new AbortController();
    const reason = new Error("left");
    const given = which === "first" ? [wire.token] : ["old", wire.token];
    const getToken = async () => {
      const token = given.shift();
      if (given.length === 0) left.abort(reason);
      return token;
    };
    const { agents } = clientOf({ getToken });
    expect(await rejection(agents.create({ name: "Nobody" }, { signal: left.signal }))).toBe(reason);
    // The one that is sent is refused for its token.
    expect(wire.requests).toHaveLength(which === "first" ? 0 : 1);
  });
});

test("readiness, models, tokens and the index are there", async () => {
  const client = clientOf();
  expect(await client.readiness()).toMatchObject({
    status: "ready",
    dependencies: { database: { ready: true } },
  });
  expect((await client.models.list()).map(({ id }) => id)).toEqual(["offline/extract"]);
  const { secret, id } = await client.tokens.create({ name: "ci", scopes: ["agents:read"] });
  expect(secret).toContain(id);
  await client.tokens.revoke(id);
  const [token] = await Array.fromAsync(client.tokens.listAll());
  expect(token?.revokedAt).not.toBeNull();
  expect(await client.index.check()).toMatchObject({ differences: [], repaired: false });
  expect(await client.index.rebuild()).toMatchObject({ repaired: true });
});
