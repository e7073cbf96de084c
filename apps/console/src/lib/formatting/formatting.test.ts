import { describe, expect, test } from "vitest";
import { bytes, countOf, dollars, inAndOut, percent } from "./quantities.ts";
import { sentence } from "./sentence.ts";
import { ago, dateAndTime, duration, lasting, timeOfDay } from "./times.ts";

describe("times", () => {
  const now = Date.parse("2026-11-20T12:00:00.000Z");

  test.each([
    ["2026-11-20T11:59:40.000Z", "just now"],
    ["2026-11-20T12:00:05.000Z", "just now"],
    ["2026-11-20T11:55:00.000Z", "5 min. ago"],
    ["2026-11-20T09:00:00.000Z", "3 hr. ago"],
    ["2026-11-19T12:00:00.000Z", "yesterday"],
    ["2026-03-03T12:00:00.000Z", "Mar 3"],
    ["2025-03-03T12:00:00.000Z", "Mar 3, 2025"],
  ])("%s was %s", (at, words) => {
    expect(ago(at, now)).toBe(words);
  });

  test.each([
    [0, "0 ms"],
    [84.4, "84 ms"],
    [1_240, "1.24 s"],
    [12_340, "12.3 s"],
    [125_000, "2 m 05 s"],
    [7_500_000, "2 h 05 m"],
  ])("%d milliseconds are %s", (milliseconds, words) => {
    expect(duration(milliseconds)).toBe(words);
  });
});

describe("spans and dates", () => {
  const now = Date.parse("2026-11-20T12:00:00.000Z");

  test.each([
    ["2026-11-20T11:59:20.000Z", "less than a minute"],
    ["2026-11-20T11:59:00.000Z", "1 min"],
    ["2026-11-20T10:01:00.000Z", "1 hr"],
    ["2026-11-17T11:00:00.000Z", "3 days"],
  ])("what has been so since %s has been so for %s", (since, words) => {
    expect(lasting(since, now)).toBe(words);
  });

  test("of a day are told by one clock of 24 hours, and dates without seconds", () => {
    const at = new Date(2026, 10, 20, 15, 4, 9).toISOString();
    expect(dateAndTime(at)).toBe("Nov 20, 2026, 15:04");
    expect(timeOfDay(at)).toBe("15:04:09");
  });
});

describe("quantities", () => {
  test.each([
    [0, "$0"],
    [12, "$0.000012"],
    [4_500, "$0.0045"],
    [4_000, "$0.004"],
    [9_999, "$0.01"],
    [2_000_000, "$2.00"],
    [1_234_567_890, "$1,234.57"],
  ])("%d micro-dollars are %s", (micros, words) => {
    expect(dollars(micros)).toBe(words);
  });

  test("what went in and came out is said of each", () => {
    expect(inAndOut(1_827, 85)).toBe("1,827 in · 85 out");
  });

  test("shares are percentages, and a small one is not none", () => {
    expect([0, 0.0001, 0.125, 0.3333, 1].map(percent)).toEqual(["0%", "<0.1%", "12.5%", "33.3%", "100%"]);
  });

  test("sizes and numbers of things read as people write them", () => {
    expect([bytes(712), bytes(49_152), bytes(10 * 1024 * 1024)]).toEqual(["712 B", "48 KB", "10 MB"]);
    expect([countOf(1, "agent"), countOf(1_200, "agent")]).toEqual(["1 agent", "1,200 agents"]);
  });
});

test("a remark becomes a sentence, and a sentence stays one", () => {
  expect(sentence("set OPENAI_API_KEY to use it")).toBe("Set OPENAI_API_KEY to use it.");
  expect(sentence("Done.")).toBe("Done.");
  expect(sentence("")).toBe("");
});
