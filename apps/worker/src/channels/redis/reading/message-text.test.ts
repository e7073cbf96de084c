import { describe, expect, it } from "vitest";
import { isTooDeep, messageLimit, nestingLimit, parseText, textOfFields } from "./message-text.ts";

describe("a message's text", () => {
  it("is a JSON object", () => {
    expect(parseText('{"id": 1}')).toEqual({ value: { id: 1 } });
  });

  it.each([
    [null, "no field `message`"],
    ["", "not JSON"],
    ["{", "not JSON"],
    ["[]", "not an object"],
    ["null", "not an object"],
    [`"${"x".repeat(messageLimit)}"`, "characters"],
    [`${"[".repeat(100_000)}${"]".repeat(100_000)}`, "nested"],
  ])("%.20s is refused in words", (text, words) => {
    expect(parseText(text)).toEqual({ problem: expect.stringContaining(words) as string });
  });

  it("is nested as deep as is allowed and no deeper, brackets in texts aside", () => {
    const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
    expect(isTooDeep(nested(nestingLimit))).toBe(false);
    expect(isTooDeep(nested(nestingLimit + 1))).toBe(true);
    expect(isTooDeep(JSON.stringify({ text: `\\"${"[{".repeat(500)}\\` }))).toBe(false);
    expect(isTooDeep(JSON.stringify(Array.from({ length: 500 }, () => [{}])))).toBe(false);
  });
});

describe("an entry's fields", () => {
  it.each([
    [["a", "1", "message", "2"], "2"],
    [["data", "1"], "1"],
    [["a", "1", "b", "2"], null],
    [[], null],
  ])("%j hold %j", (fields, text) => expect(textOfFields(fields)).toBe(text));
});
