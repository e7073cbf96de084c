import { describe, expect, test } from "vitest";
import { isSecretName, redact } from "./redact.ts";

describe("names", () => {
  test.each(["authorization", "Authorization", "apiKey", "api_key", "OPENAI_API_KEY", "x-secret", "tokens"])(
    "%s holds a secret",
    (name) => expect(isSecretName(name)).toBe(true),
  );

  test.each(["tokenId", "keyCount", "tokenName", "model", "monkey", "keyboard", ""])(
    "%s holds none",
    (name) => expect(isSecretName(name)).toBe(false),
  );

  test("values under them are removed, numbers and nulls stay", () => {
    expect(redact({ password: "hunter2", headers: { cookie: ["a=b"] }, inputTokens: 12, key: null })).toEqual(
      {
        password: "[removed]",
        headers: { cookie: "[removed]" },
        inputTokens: 12,
        key: null,
      },
    );
  });
});

describe("texts", () => {
  test.each([
    ["said Bearer abc.def-ghi=", "said Bearer [removed]"],
    ["eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "[removed]"],
    ["key ork_019aa0c47d3e7a519c553f2d1c0b9a87_s3cr3t-_x", "key [removed]"],
    ["GET /events?ticket=abc&after=7", "GET /events?ticket=[removed]&after=7"],
    ["GET /x?access_token=abc", "GET /x?access_token=[removed]"],
    ["redis://user:pass@host:6379", "redis://user:[removed]@host:6379"],
    ["redis://:pass@host:6379", "redis://:[removed]@host:6379"],
    ["Incorrect API key provided: sk-proj-abcdefgh", "Incorrect API key provided: [removed]"],
  ])("%s", (text, clean) => expect(redact(text)).toBe(clean));

  test("errors keep their name and cause, without the secrets in their words", () => {
    const error = new TypeError("bad Bearer abc", { cause: new Error("ork_secret_thing") });
    const clean = redact({ error }) as { error: Record<string, unknown> };
    expect(clean.error).toMatchObject({
      name: "TypeError",
      message: "bad Bearer [removed]",
      cause: { message: "[removed]" },
    });
    expect(JSON.stringify(clean)).not.toMatch(/abc|secret_thing/);
  });
});

test("what is endless or strange comes out short and writable", () => {
  const loop: Record<string, unknown> = {};
  loop["loop"] = loop;
  expect(() => JSON.stringify(redact(loop))).not.toThrow();
  expect(redact("x".repeat(5_000))).toHaveLength(2_001);
  expect(redact([10n, () => 1, new Date(Number.NaN), new Uint8Array(3)])).toEqual([
    "10",
    "[function]",
    "[invalid date]",
    "[3 bytes]",
  ]);
});
