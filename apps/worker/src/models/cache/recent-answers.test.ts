import { expect, test } from "vitest";
import { RecentAnswers } from "./recent-answers.ts";

const answer = (text: string, expiresAt = 1e9) => ({ answer: text, madeAt: 0, expiresAt });

test("an answer is given to its own workspace and key alone", () => {
  const recent = new RecentAnswers(1e6);
  recent.put("lab", "key", 0, answer("a"), 0);
  expect(recent.get("lab", "key", 1)?.answer).toBe("a");
  expect([recent.get("other", "key", 1), recent.get("lab", "other", 1)]).toEqual([null, null]);
});

test("an answer is given for half a minute, and never after it has expired", () => {
  const recent = new RecentAnswers(1e6);
  recent.put("lab", "long", 0, answer("a"), 0);
  recent.put("lab", "short", 0, answer("a", 10), 0);
  expect([recent.get("lab", "short", 9), recent.get("lab", "short", 10)]).toMatchObject([{}, null]);
  expect([recent.get("lab", "long", 29_999), recent.get("lab", "long", 30_000)]).toMatchObject([{}, null]);
});

test("a new epoch ends the answers of older ones, in its own workspace", () => {
  const recent = new RecentAnswers(1e6);
  recent.put("lab", "key", 5, answer("a"), 0);
  recent.put("other", "key", 5, answer("b"), 0);
  expect(recent.enter("lab", 6)).toBe(true);
  expect([recent.get("lab", "key", 1), recent.get("other", "key", 1)?.answer]).toEqual([null, "b"]);
});

test("what an older epoch still brings is not kept", () => {
  const recent = new RecentAnswers(1e6);
  recent.enter("lab", 6);
  recent.put("lab", "key", 5, answer("a"), 0);
  expect([recent.get("lab", "key", 1), recent.enter("lab", 5)]).toEqual([null, false]);
});

test("of ten thousand workspaces epochs are known; what is remembered of another goes with its epoch", () => {
  const recent = new RecentAnswers(1e9);
  for (let n = 0; n <= 10_000; n++) recent.put(`${n}`, "key", 5, answer("a"), 0);
  expect([recent.get("0", "key", 1), recent.get("1", "key", 1)?.answer]).toEqual([null, "a"]);
  expect([recent.enter("2", 4), recent.enter("0", 4)]).toEqual([false, true]);
});

test("memory is bounded; what was used longest ago goes first", () => {
  const recent = new RecentAnswers(100_000);
  const text = "x".repeat(2_000);
  for (let n = 0; n < 20; n++) recent.put("lab", `${n}`, 0, answer(text), 0);
  recent.get("lab", "0", 1);
  for (let n = 20; n < 30; n++) recent.put("lab", `${n}`, 0, answer(text), 0);
  expect(recent.bytes).toBeLessThanOrEqual(100_000);
  expect(recent.get("lab", "0", 1)).not.toBeNull();
  expect(recent.get("lab", "1", 1)).toBeNull();
  recent.put("lab", "huge", 0, answer("x".repeat(40_000)), 0);
  expect(recent.get("lab", "huge", 1)).toBeNull();
});
