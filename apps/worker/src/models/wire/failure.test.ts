import { describe, expect, it } from "vitest";
import { failureInStream, failureOf, redact, retryAfterMs, type Refusal } from "./failure.ts";

const now = Date.UTC(2026, 10, 20, 12, 0, 0);

const refusal = (status: number, body: string, more: Partial<Refusal> = {}): Refusal => ({
  provider: "openai",
  keyVariable: "OPENAI_API_KEY",
  status,
  retryAfter: null,
  body,
  secrets: ["sk-secret-0123456789"],
  now,
  ...more,
});

describe("retryAfterMs", () => {
  it.each([
    ["seconds", "7", 7000],
    ["fractions of a second", "0.25", 250],
    ["an HTTP date", "Fri, 20 Nov 2026 12:00:30 GMT", 30_000],
    ["a date that is past", "Fri, 20 Nov 2026 11:00:00 GMT", 0],
    ["nonsense", "soon", undefined],
  ])("reads %s", (_, header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});

describe("redact", () => {
  it.each([
    "Incorrect API key provided: sk-secret-0123456789.",
    "got Bearer abcdefghijklmnop",
    "GET /v1/models?key=AIzaSyA1234567890abcdef failed",
    "key sk-proj-abc***xyz is wrong",
  ])("leaves nothing of a key in %j", (text) => {
    expect(redact(text, ["sk-secret-0123456789"])).not.toMatch(/sk-|abcdefgh|AIza/);
  });

  it("knows our own keys whatever they look like", () => {
    expect(redact("no entry for hunter2hunter2 here", ["hunter2hunter2"])).toBe("no entry for [key] here");
  });

  it("keeps messages short", () => {
    expect(redact("long ".repeat(1000), []).length).toBeLessThan(410);
  });
});

describe("failureOf", () => {
  it.each([
    [408, true],
    [425, true],
    [500, true],
    [502, true],
    [529, true],
    [400, false],
    [402, false],
    [404, false],
    [413, false],
    [422, false],
  ])("knows whether a %i may pass", (status, retryable) => {
    expect(failureOf(refusal(status, "{}"))).toMatchObject({ code: "upstream_failed", retryable });
  });

  it("reads the upstream's sentence from each shape it comes in", () => {
    const bodies = [
      '{"error":{"message":"too long"}}',
      '{"error":"too long"}',
      '{"message":"too long"}',
      '{"detail":"too long"}',
      '{"errors":[{"message":"too long"}]}',
      '[{"error":{"message":"too long"}}]',
      "too long",
    ];
    for (const body of bodies) expect(failureOf(refusal(400, body)).message).toMatch(/: too long$/);
  });

  it("does not repeat a page of HTML", () => {
    expect(failureOf(refusal(502, "<html><h1>Bad gateway</h1></html>")).message).toBe(
      "openai failed with status 502",
    );
  });

  it("tells a limit that passes from an account that has run out", () => {
    expect(failureOf(refusal(429, "{}", { retryAfter: "3" }))).toMatchObject({
      code: "rate_limited",
      retryable: true,
      retryAfterMs: 3000,
    });
    expect(failureOf(refusal(429, '{"error":{"code":"insufficient_quota","message":"pay"}}'))).toMatchObject({
      code: "rate_limited",
      retryable: false,
    });
  });

  it("names the key to check, also where Google calls a wrong key a bad request", () => {
    const invalid = '{"error":{"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}';
    for (const [status, body] of [
      [401, "{}"],
      [403, "{}"],
      [400, invalid],
    ] as const) {
      const error = failureOf(refusal(status, body));
      expect(error.message).toBe("the key for openai was refused: check OPENAI_API_KEY");
      expect(error.retryable).toBe(false);
    }
  });

  it("says of a redirect that the base URL is wrong", () => {
    expect(failureOf(refusal(302, "")).message).toContain("check the base URL");
  });
});

describe("failureInStream", () => {
  it.each([
    ["overloaded_error", "upstream_failed", true],
    ["api_error", "upstream_failed", true],
    ["server_error 500", "upstream_failed", true],
    ["rate_limit_error", "rate_limited", true],
    ["RESOURCE_EXHAUSTED 429", "rate_limited", true],
    ["invalid_request_error", "upstream_failed", false],
    ["INVALID_ARGUMENT 400", "upstream_failed", false],
  ])("knows what %s means", (kind, code, retryable) => {
    expect(failureInStream("x", kind, "words")).toMatchObject({ code, retryable });
  });
});
