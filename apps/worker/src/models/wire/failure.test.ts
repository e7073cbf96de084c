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

  const gemini = (quotaId: string, retryDelay?: unknown) => ({
    code: 429,
    message: "You exceeded your current quota, please check your plan and billing details.",
    status: "RESOURCE_EXHAUSTED",
    details: [
      { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId }] },
      ...(retryDelay === undefined
        ? []
        : [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay }]),
    ],
  });
  const perMinute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";

  it.each<[string, object, number | undefined]>([
    ["Gemini's of a minute", gemini(perMinute, "26s"), 26_000],
    ["Gemini's of a part of a second", gemini(perMinute, "0.0705s"), 71],
    [
      "OpenAI's, which names the page where more is bought",
      {
        message: "Rate limit reached. You can add a payment method at …/account/billing to increase it.",
        type: "requests",
        code: "rate_limit_exceeded",
      },
      undefined,
    ],
  ])("waits where a limit is %s", (_, error, retryAfterMs) => {
    expect(failureOf(refusal(429, JSON.stringify([{ error }])))).toMatchObject({
      code: "rate_limited",
      retryable: true,
      retryAfterMs,
    });
  });

  it.each<[string, object]>([
    ["Gemini's quota of a day", gemini("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "26s")],
    ["Gemini's quota with nothing about when", gemini(perMinute)],
    ["Gemini's quota with a nonsensical delay", gemini(perMinute, "soon")],
    ["OpenAI's quota", { message: "Pay.", type: "insufficient_quota", code: null }],
    ["OpenAI's hard limit", { message: "Pay.", type: "x", code: "billing_hard_limit_reached" }],
    ["Anthropic's credit", { type: "invalid_request_error", message: "Your credit balance is too low" }],
  ])("does not wait where an account has run out of %s", (_, error) => {
    const found = failureOf(refusal(429, JSON.stringify({ error }), { retryAfter: "3" }));
    expect(found).toMatchObject({ code: "rate_limited", retryable: false, retryAfterMs: undefined });
    expect(found.message).toMatch(/^openai says this account is out of quota/);
  });

  it("believes the header before the body about how long to wait", () => {
    const body = JSON.stringify({ error: gemini(perMinute, "26s") });
    expect(failureOf(refusal(429, body, { retryAfter: "3" })).retryAfterMs).toBe(3000);
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
    ["insufficient_quota insufficient_quota", "rate_limited", false],
    ["invalid_request_error", "upstream_failed", false],
    ["INVALID_ARGUMENT 400", "upstream_failed", false],
  ])("knows what %s means", (kind, code, retryable) => {
    expect(failureInStream("x", kind, "words")).toMatchObject({ code, retryable });
  });
});
