import { errorStatus } from "@orrery/protocol";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { bodyOf, json, testClient } from "./testing/client.ts";

const notes = "/api/v1/notes";
const client = testClient();

async function expectProblem(
  response: Response,
  status: number,
  code: string,
): Promise<Record<string, unknown>> {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = await bodyOf(response);
  expect(problem).toMatchObject({ status, code, type: `urn:orrery:error:${code}` });
  return problem;
}

describe("bodies", () => {
  test("that are not JSON text are 400", async () => {
    const response = await client.fetch(notes, { ...json({}), body: "{" });
    await expectProblem(response, 400, "invalid_request");
  });

  test("that the schema refuses are 422, field by field", async () => {
    const response = await client.fetch(notes, json({ text: 7, colour: "red" }));
    const problem = await expectProblem(response, 422, "invalid_request");
    expect(problem["errors"]).toEqual([
      { path: "text", message: expect.stringContaining("string") as string },
      { path: "colour", message: "There is no such field" },
    ]);
  });

  test("that are missing are 422", async () => {
    await expectProblem(await client.fetch(notes, { method: "POST" }), 422, "invalid_request");
  });

  test.each([
    ["text/plain", {}],
    ["application/x-www-form-urlencoded", {}],
    ["application/jsonp", {}],
    ["application/json; charset=latin1", {}],
    ["application/json", { "content-encoding": "gzip" }],
  ])("of type %s %o are 415", async (type, headers) => {
    const response = await client.fetch(notes, json({ text: "a" }, { ...headers, "content-type": type }));
    await expectProblem(response, 415, "unsupported_media_type");
  });

  test("without a type are 415", async () => {
    const body = new TextEncoder().encode('{"text":"a"}');
    await expectProblem(await client.fetch(notes, { method: "POST", body }), 415, "unsupported_media_type");
  });

  test("may be left out where none is expected", async () => {
    const id = "3b241101-e2bb-4255-8caf-4136c566a962";
    expect((await client.fetch(`${notes}/${id}`, { method: "DELETE" })).status).toBe(204);
  });

  test("above the limit are 413, by what they announce", async () => {
    const response = await client.fetch(notes, json({ text: "x".repeat(1024 * 1024) }));
    await expectProblem(response, 413, "payload_too_large");
  });

  const chunked = (chunks: number): ReadableStream<Uint8Array> =>
    new ReadableStream({
      pull(controller) {
        if (chunks-- > 0) controller.enqueue(new Uint8Array(64 * 1024).fill(32));
        else controller.close();
      },
    });

  test("above the limit are 413 while they are read, and are not read further", async () => {
    const cancelled = vi.fn<() => void>();
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
      cancel: cancelled,
    });
    const response = await client.fetch(notes, {
      method: "POST",
      body: endless,
      headers: { "content-type": "application/json" },
    });
    await expectProblem(response, 413, "payload_too_large");
    expect(cancelled).toHaveBeenCalledOnce();
  });

  const broken = new Uint8Array([...new TextEncoder().encode('{"text":"'), 0xc3, 0x28, 0x22, 0x7d]);

  test("that are not UTF-8 are 400, of known and of unknown length", async () => {
    const headers = { "content-type": "application/json" };
    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(broken);
        controller.close();
      },
    });
    for (const body of [broken, chunked]) {
      const response = await client.fetch(notes, { method: "POST", body, headers });
      const problem = await expectProblem(response, 400, "invalid_request");
      expect(problem["detail"]).toBe("The body is not in UTF-8");
    }
    expect((await client.fetch(notes, json({ text: "ü – 界 🚀" }))).status).toBe(201);
  });

  test("with a key that would be dropped in silence are 422, wherever it stands", async () => {
    for (const [text, path] of [
      ['{"text":"a","__proto__":{}}', "__proto__"],
      ['{"text":"a","labels":{"a":{"__proto__":"x"}}}', "labels.a.__proto__"],
      ['{"text":"a","list":[1,{"__proto__":1}]}', "list.1.__proto__"],
      [String.raw`{"text":"a","\u005f_proto__":1}`, "__proto__"],
      [String.raw`{"text":"a","labels":{"__pr\u006Fto__":1}}`, "labels.__proto__"],
      [String.raw`{"text":"a","\u005F\u005f\u0070\u0072\u006f\u0074\u006F\u005f\u005f":1}`, "__proto__"],
    ] as const) {
      const problem = await expectProblem(
        await client.fetch(notes, { ...json({}), body: text }),
        422,
        "invalid_request",
      );
      expect(problem["errors"]).toEqual([{ path, message: "There is no such field" }]);
    }
    expect((await client.fetch(notes, json({ text: '"__proto__"' }))).status).toBe(201);
    await expectProblem(
      await client.fetch(notes, { ...json({}), body: '{"__proto__"' }),
      400,
      "invalid_request",
    );
  });

  test("that break off are the caller's doing, and no failure of ours in the log", async () => {
    const written = ["warn", "error"].map((level) =>
      vi.spyOn(console, level as "error").mockReturnValue(undefined),
    );
    const leaving = new ReadableStream({
      pull: (controller) => controller.error(new Error("Network connection lost.")),
    });
    const response = await client.fetch(notes, {
      method: "POST",
      body: leaving,
      headers: { "content-type": "application/json" },
    });
    await expectProblem(response, 400, "invalid_request");
    for (const spy of written) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  test("of unknown length within the limit are read as any other", async () => {
    const text = new TextEncoder().encode('{"text":"a"}');
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(text.slice(0, 5));
        controller.enqueue(text.slice(5));
        controller.close();
      },
    });
    const headers = { "content-type": "application/json" };
    expect((await client.fetch(notes, { method: "POST", body: stream, headers })).status).toBe(201);
    const blank = await client.fetch(notes, { method: "POST", body: chunked(2), headers });
    await expectProblem(blank, 400, "invalid_request");
  });
});

describe("addresses", () => {
  test("that do not exist are 404", async () => {
    await expectProblem(await client.fetch("/api/v1/nothing"), 404, "not_found");
  });

  test("that exist under another method are 405, with those that they take", async () => {
    const response = await client.fetch(notes, { method: "PUT" });
    expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS, POST");
    await expectProblem(response, 405, "method_not_allowed");
    const health = await client.fetch("/healthz", { method: "POST" });
    expect(health.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
  });

  test.each([
    [notes, "GET, HEAD, OPTIONS, POST"],
    [`${notes}/3b241101-e2bb-4255-8caf-4136c566a962`, "DELETE, OPTIONS"],
    ["/openapi.json", "GET, HEAD, OPTIONS"],
    ["/docs", "GET, HEAD, OPTIONS"],
    ["/healthz", "GET, HEAD, OPTIONS"],
    ["/agents/some-page", "GET, HEAD, OPTIONS"],
  ])("%s tells OPTIONS its methods, whoever asks", async (path, allow) => {
    for (const token of [null, undefined]) {
      const response = await client.fetch(path, { method: "OPTIONS", ...(token === null && { token }) });
      expect([response.status, response.headers.get("allow")]).toEqual([204, allow]);
    }
  });

  test.each(["/openapi.json", "/docs", "/agents/some-page"])(
    "%s is 405 under another method",
    async (path) => {
      const response = await client.fetch(path, { method: "POST" });
      expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
      await expectProblem(response, 405, "method_not_allowed");
    },
  );

  test("that do not exist have no methods", async () => {
    for (const path of ["/api/v1/nothing", "/.well-known/nothing"]) {
      await expectProblem(await client.fetch(path, { method: "OPTIONS", token: null }), 404, "not_found");
    }
  });

  test("with parameters that nothing can have are 404", async () => {
    const response = await client.fetch(`${notes}/1`, { method: "DELETE" });
    await expectProblem(response, 404, "not_found");
  });

  test("with a query that the schema refuses are 422", async () => {
    const problem = await expectProblem(await client.fetch(`${notes}?limit=1000`), 422, "invalid_request");
    expect(problem["errors"]).toMatchObject([{ path: "limit" }]);
  });
});

describe("failures", () => {
  let lines: string[];
  beforeEach(() => {
    lines = [];
    vi.spyOn(console, "error").mockImplementation((line: string) => void lines.push(line));
    return () => vi.restoreAllMocks();
  });

  test("of ours are 500 without a word of what went wrong; the log has it under the request's id", async () => {
    const response = await client.fetch(notes, json({ text: "defect" }));
    const id = response.headers.get("x-request-id");
    const problem = await expectProblem(response, 500, "internal");
    expect(JSON.stringify(problem)).not.toContain("swordfish");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "error",
      event: "http.failed",
      requestId: id,
      error: { name: "TypeError" },
    });
  });

  test.each(Object.entries(errorStatus))("%s travels as %i", async (code, status) => {
    vi.spyOn(console, "warn").mockReturnValue();
    const response = await client.fetch(`/api/v1/failures/${code}`);
    expect(response.headers.get("retry-after")).toBe("3");
    await expectProblem(response, status, code);
  });

  test("of the caller's are not logged as errors", async () => {
    await expectProblem(await client.fetch(notes, json({ text: "conflict" })), 409, "conflict");
    expect(lines).toEqual([]);
  });

  test("name their address without its query", async () => {
    const response = await client.fetch("/api/v1/nothing?q=private");
    expect((await bodyOf(response))["instance"]).toBe("/api/v1/nothing");
  });
});

describe("request ids", () => {
  test("are made, or taken over where they are harmless", async () => {
    const made = await client.fetch("/healthz");
    expect(made.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    const given = await client.fetch("/healthz", { headers: { "x-request-id": "trace-12345" } });
    expect(given.headers.get("x-request-id")).toBe("trace-12345");
    const wild = await client.fetch("/healthz", { headers: { "x-request-id": "<script>alert(1)" } });
    expect(wild.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("pages of other origins", () => {
  const shared = testClient({ CORS_ORIGINS: "https://app.example, tauri://localhost, *, null" });
  const from = (origin: string) => ({ headers: { origin } });
  const preflight = (origin: string) => ({
    method: "OPTIONS",
    token: null,
    headers: { origin, "access-control-request-method": "POST" },
  });

  test.each(["https://app.example", "tauri://localhost", "https://orrery.example"])(
    "%s may call",
    async (origin) => {
      const response = await shared.fetch(notes, from(origin));
      expect(response.headers.get("access-control-allow-origin")).toBe(origin);
      expect(response.headers.get("access-control-expose-headers")).toMatch(
        /Allow.*ETag.*Idempotency-Replayed.*Location.*Preference-Applied.*Retry-After.*X-Request-Id/,
      );
      expect(response.headers.get("vary")).toContain("Origin");
      const asked = await shared.fetch(notes, preflight(origin));
      expect(asked.status).toBe(204);
      for (const name of ["Cache-Control", "Idempotency-Key", "If-Match", "Last-Event-ID", "Prefer"]) {
        expect(asked.headers.get("access-control-allow-headers")).toContain(name);
      }
      expect(asked.headers.get("access-control-allow-origin")).toBe(origin);
    },
  );

  test.each(["https://evil.example", "null", "https://app.example.evil", "*"])(
    "%s may not",
    async (origin) => {
      const response = await shared.fetch(notes, from(origin));
      expect(response.headers.has("access-control-allow-origin")).toBe(false);
      expect(response.headers.get("vary")).toContain("Origin");
      await expectProblem(await shared.fetch(notes, preflight(origin)), 403, "forbidden");
    },
  );

  test("can read what went wrong", async () => {
    const response = await shared.fetch(notes, { ...from("https://app.example"), token: null });
    expect(response.status).toBe(401);
    expect(response.headers.get("access-control-allow-origin")).toBe("https://app.example");
  });
});

describe("headers", () => {
  test("of the API let a browser do nothing with an answer", async () => {
    const { headers } = await client.fetch(notes);
    expect(Object.fromEntries(headers)).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "strict-transport-security": "max-age=31536000",
      "x-content-type-options": "nosniff",
    });
  });

  test("of the console allow scripts and connections of this origin only", async () => {
    const response = await client.fetch("/agents/some-page", { token: null });
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self' ws://orrery.example wss://orrery.example;");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(response.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(response.headers.get("permissions-policy")).toContain("camera=()");
  });

  test("of plain http ask for no https", async () => {
    const response = await client.fetch("http://127.0.0.1:8787/healthz");
    expect(response.headers.has("strict-transport-security")).toBe(false);
  });
});

test("readiness names every dependency, and is 503 without one", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  const response = await testClient({ SIGNING_KEY: "c2hvcnQ" }).fetch("/readyz", { token: null });
  vi.restoreAllMocks();
  expect(response.status).toBe(503);
  expect(await bodyOf(response)).toMatchObject({
    status: "not ready",
    dependencies: {
      database: { ready: true },
      files: { ready: true },
      agents: {},
      fleet: {},
      signingKey: { ready: false, reason: "SIGNING_KEY is shorter than 32 bytes" },
    },
  });
});
