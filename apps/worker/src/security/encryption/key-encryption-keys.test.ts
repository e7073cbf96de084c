import { base64url } from "jose";
import { describe, expect, it } from "vitest";
import { parseKeyEncryptionKeys } from "./key-encryption-keys.ts";

const key = (fill: number, length = 32): string => base64url.encode(new Uint8Array(length).fill(fill));
const refusalOf = (text: string | undefined): string => {
  try {
    parseKeyEncryptionKeys(text);
    return "";
  } catch (error) {
    return String(error);
  }
};

describe("KEY_ENCRYPTION_KEY", () => {
  it("holds one key or several, of which the first wraps", () => {
    expect(parseKeyEncryptionKeys(`k1:${key(1)}`)).toEqual([{ id: "k1", key: new Uint8Array(32).fill(1) }]);
    const keys = parseKeyEncryptionKeys(` 2026-11:${key(2)}= , 2025.a_b:${key(1)}\n`);
    expect(keys.map(({ id }) => id)).toEqual(["2026-11", "2025.a_b"]);
  });

  it.each([
    [undefined, "it is not set"],
    ["  ", "it is not set"],
    [key(1), "key 1 is not of the form <id>:<base64url of 32 bytes>"],
    [`a b:${key(1)}`, "key 1 is not of the form"],
    [`k1:${key(1)},`, "key 2 is not of the form"],
    [`k1:${key(1)},k2:***`, "key 2 is not of the form"],
    [`k1:${key(1, 16)}`, 'key "k1" has 16 bytes instead of 32'],
    [`k1:${key(1)},k1:${key(2)}`, 'it names "k1" twice'],
  ])("is refused where it is wrong, with what is wrong: %#", (text, why) => {
    expect(refusalOf(text)).toContain(why);
  });

  it("is never quoted in what is said of it", () => {
    const secret = key(9);
    for (const text of [secret, `k 1:${secret}`, `k1:${secret}${secret}`, `k1:${secret},k1:${secret}`]) {
      expect(refusalOf(text)).not.toContain(secret.slice(0, 16));
    }
  });
});
