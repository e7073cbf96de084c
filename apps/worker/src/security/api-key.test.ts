import { expect, test } from "vitest";
import { looksLikeApiKey, newApiKey, parseApiKey } from "./api-key.ts";
import { sameHash, sha256 } from "./secrets.ts";

test("a key leads to its id and the hash that was kept, and holds neither", () => {
  const { id, key, secretHash } = newApiKey();
  expect(looksLikeApiKey(key)).toBe(true);
  expect(parseApiKey(key)).toEqual({ id, secretHash });
  expect(key).not.toContain(secretHash);
});

test("keys do not repeat", () => {
  const keys = new Set(Array.from({ length: 1_000 }, () => newApiKey().key));
  expect(keys.size).toBe(1_000);
});

test.each([
  "",
  "ork_",
  "ork_1_2",
  `${newApiKey().key}x`,
  newApiKey().key.toUpperCase(),
  `x${newApiKey().key}`,
])("%s is no key", (text) => expect(parseApiKey(text)).toBeNull());

test("hashes are the same or not", () => {
  expect(sameHash(sha256("a"), sha256("a"))).toBe(true);
  expect(sameHash(sha256("a"), sha256("b"))).toBe(false);
  expect(sameHash(sha256("a"), "")).toBe(false);
});
