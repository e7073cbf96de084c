import type { ModelMessage } from "ai";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashesOf } from "./canonical.ts";
import type { CacheQuestion } from "./contract.ts";
import { type QuestionParts, questionOf } from "./testing/questions.ts";

const keyOf = (parts: QuestionParts = {}): string => hashesOf(questionOf(0, parts)).key;
const tool = {
  name: "read",
  description: "Reads.",
  inputSchema: { type: "object", properties: { id: { type: "string" } } },
  effect: "read" as const,
};

test("a key is a SHA-256 that does not change from release to release", () => {
  expect(keyOf()).toBe("ZSs6b_i0Fw0oE3PhMROrCBiwDH_2r0JDxqxiwB-Xjbo");
});

describe("whatever an answer depends on makes another question", () => {
  const changes: Record<string, QuestionParts> = {
    model: { model: "openai/gpt-5-mini" },
    input: { input: "What is an orrery" },
    "one space more": { input: "What is an  orrery?" },
    system: { request: { system: "Be brief." } },
    "an empty system": { request: { system: "" } },
    temperature: { request: { temperature: 0.6 } },
    maxTokens: { request: { maxTokens: 257 } },
    tools: { request: { tools: [tool] } },
    "a tool's effect": { request: { tools: [{ ...tool, effect: "once" }] } },
    "a tool's schema": { request: { tools: [{ ...tool, inputSchema: { type: "object" } }] } },
    "the form of the answer": { request: { responseFormat: { name: "a", schema: {} } } },
    "a provider's options": { request: { policy: { providerOptions: { openai: { seed: 1 } } } } },
    filter: { filter: { email: "redact" } },
    "the filter's action": { filter: { email: "block" } },
    "a message before": {
      request: {
        messages: [
          { role: "assistant", content: "Hello." },
          { role: "user", content: "What is an orrery?" },
        ],
      },
    },
    role: { request: { messages: [{ role: "assistant", content: "What is an orrery?" }] } },
    "an image": {
      request: {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "What is an orrery?" },
              { type: "image", image: Uint8Array.of(1, 2, 3), mediaType: "image/png" },
            ],
          },
        ],
      },
    },
  };

  test.each(Object.entries(changes))("%s", (_, parts) => {
    expect(keyOf(parts)).not.toBe(keyOf());
  });

  test("and no two of these are the same", () => {
    const keys = Object.values(changes).map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("what an answer does not depend on makes no other question", () => {
  test.each<[string, QuestionParts]>([
    ["who asks", { agentId: "a", sessionId: "s", workspaceId: "other" }],
    ["the call's name and time", { request: { callId: "other", deadline: 5 } }],
    ["the name it was asked under", { request: { model: "openai/gpt-5" } }],
    ["how long answers are kept", { policy: { ttlSeconds: 60 } }],
    ["a filter that does nothing", { filter: { email: "off" } }],
    ["fallbacks and other policy", { request: { policy: { hedging: true, providerOptions: {} } } }],
    ["a field that is not set", { request: { system: undefined } as unknown as CacheQuestion["request"] }],
  ])("%s", (_, parts) => {
    expect(keyOf(parts)).toBe(keyOf());
  });

  test("the order of fields", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), (schema) => {
        const reversed = Object.fromEntries(Object.entries(schema).toReversed());
        const of = (inputSchema: Record<string, unknown>) =>
          keyOf({ request: { tools: [{ ...tool, inputSchema }] } });
        expect(of(reversed)).toBe(of(schema));
      }),
    );
  });
});

test("different JSON never has one key", () => {
  const schema = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue(), { maxKeys: 4 });
  fc.assert(
    fc.property(schema, schema, (one, other) => {
      const of = (value: Record<string, unknown>) =>
        keyOf({ request: { tools: [{ ...tool, inputSchema: value }] } });
      // What JSON cannot tell apart, such as 0 and -0, is one.
      const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
      expect(of(one) === of(other)).toBe(same);
    }),
  );
});

/** The same with all keys in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return entries.map(([name, item]) => [name, sorted(item)]);
}

describe("bytes and addresses", () => {
  const withImage = (image: Uint8Array | ArrayBuffer | URL | string): string =>
    keyOf({ request: { messages: [{ role: "user", content: [{ type: "image", image }] }] } });

  test("are told apart by what is in them", () => {
    const keys = [
      withImage(Uint8Array.of(1)),
      withImage(Uint8Array.of(2)),
      withImage(new URL("https://example.org/a.png")),
      withImage("https://example.org/a.png"),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(withImage(Uint8Array.of(1).buffer)).toBe(keys[0]);
  });
});

test("what has no canonical form is refused", () => {
  expect(() => keyOf({ input: "half a pair: \ud800" })).toThrow("surrogate");
});

describe("the scope of a meaning", () => {
  const similar = (messages: ModelMessage[], more: QuestionParts = {}) =>
    hashesOf(questionOf(0, { ...more, request: { messages, ...more.request } })).similar;
  const user = (content: Extract<ModelMessage, { role: "user" }>["content"]): ModelMessage => ({
    role: "user",
    content,
  });

  test("is all but the last user's text", () => {
    const one = similar([user("How high is it?")]);
    const other = similar([user("What is its height?")]);
    expect(one).toEqual({ scope: other?.scope, text: "How high is it?" });
  });

  test("is the same however the text is written down", () => {
    expect(similar([user([{ type: "text", text: "Hello" }])])).toEqual(similar([user("Hello")]));
  });

  test.each<[string, ModelMessage[], QuestionParts]>([
    ["what was said before", [{ role: "assistant", content: "Which tower?" }, user("How high is it?")], {}],
    ["the system prompt", [user("How high is it?")], { request: { system: "In feet." } }],
    ["the filter", [user("How high is it?")], { filter: { email: "redact" } }],
    [
      "an image beside it",
      [
        user([
          { type: "text", text: "How high is it?" },
          { type: "image", image: Uint8Array.of(1) },
        ]),
      ],
      {},
    ],
  ])("is another with %s", (_, messages, more) => {
    expect(similar(messages, more)?.scope).not.toBe(similar([user("How high is it?")])?.scope);
  });

  test("does not exist where no user spoke last, or without words", () => {
    expect(similar([user("Hello"), { role: "assistant", content: "Hello." }])).toBeNull();
    expect(similar([user("  ")])).toBeNull();
    expect(similar([user([{ type: "image", image: Uint8Array.of(1) }])])).toBeNull();
  });

  test("is never a key", () => {
    const hashes = hashesOf(questionOf(0));
    expect(hashes.similar?.scope).not.toBe(hashes.key);
  });
});
