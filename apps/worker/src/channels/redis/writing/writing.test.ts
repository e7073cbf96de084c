import { expect, test } from "vitest";
import { Echoes } from "./echoes.ts";
import { hashTagOf } from "../bridge-names.ts";
import { guardOf } from "./ready.ts";

test("a message is known again as often as it was written, in its own channel", () => {
  const echoes = new Echoes();
  echoes.expect("a", "text");
  echoes.expect("a", "text");
  expect(echoes.take("b", "text")).toBe(false);
  expect([1, 2, 3].map(() => echoes.take("a", "text"))).toEqual([true, true, false]);
});

test("texts that never come back are forgotten", () => {
  const echoes = new Echoes();
  for (let n = 0; n <= 4_096; n += 1) echoes.expect("a", String(n));
  expect(echoes.take("a", "0")).toBe(false);
  expect(echoes.take("a", "1")).toBe(true);
});

test.each([
  ["plain", "plain"],
  ["a{b}c", "b"],
  ["a{}c", "a{}c"],
  ["a{b}{c}", "b"],
])("the slot of %s is decided by %s", (key, tag) => expect(hashTagOf(key)).toBe(tag));

test("in a cluster, what says that a message was written lies beside its channel", () => {
  const message = {
    seq: 1,
    key: "k",
    role: "results" as const,
    channel: null,
    value: "{}",
    signAs: null,
    fence: null,
    keep: null,
    replaces: null,
  };
  const ready = {
    message,
    channel: "{x}results",
    mode: "streams" as const,
    maxLength: 1_000,
    text: "{}",
    prefix: "ns",
  };
  expect(guardOf(ready, true)).toBe("ns:sent:k");
  expect(hashTagOf(guardOf(ready, false))).toBe("x");
});
