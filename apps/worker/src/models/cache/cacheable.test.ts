import { expect, test } from "vitest";
import { cacheable } from "./cacheable.ts";
import { type QuestionParts, questionOf } from "./testing/questions.ts";

const tool = (effect: "read" | "repeatable" | "once") => ({
  name: effect,
  description: "",
  inputSchema: {},
  effect,
});

test.each<[string, QuestionParts, boolean]>([
  ["an answer without tools", {}, true],
  ["one by meaning", { policy: { mode: "semantic" } }, true],
  ["one with tools that only read", { request: { tools: [tool("read"), tool("read")] } }, true],
  ["one with a tool that acts once", { request: { tools: [tool("read"), tool("once")] } }, false],
  ["one with a tool that acts again", { request: { tools: [tool("repeatable")] } }, false],
  ["one that the caller wants fresh", { request: { noCache: true } }, false],
  ["one whose agent has no cache", { policy: { mode: "off" } }, false],
])("%s: %#", (_, parts, expected) => {
  expect(cacheable(questionOf(0, parts))).toBe(expected);
});
