import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { AnswerStore, type NewAnswer, type Sql, type StoreBounds } from "./answer-store.ts";
import { toBlob } from "./semantic.ts";
import { memorySql } from "./testing/sqlite.ts";

const bounds: StoreBounds = { maxEntryBytes: 1_000, maxBytes: 5_000, maxCompared: 3 };
const hour = 3_600_000;

let sql: Sql;
let store: AnswerStore;
beforeEach(() => {
  sql = memorySql();
  store = new AnswerStore(sql, bounds);
});

const put = (key: string, now = 0, more: Partial<NewAnswer> = {}): boolean =>
  store.put({ key, answer: `answer ${key}`, madeAt: now, expiresAt: now + hour, ...more }, now);

const meaning = (vector: number[], scope = "scope", embedder = "embedder") => ({
  scope,
  embedder,
  vector: toBlob(vector) ?? new ArrayBuffer(0),
});

test("an answer is found until it expires, and by who wants it no older", () => {
  put("a", 1_000);
  expect(store.find("a", 2_000, 0)).toEqual({ answer: "answer a", madeAt: 1_000, expiresAt: hour + 1_000 });
  expect([store.find("b", 2_000, 0), store.find("a", 2_000, 1_001)]).toEqual([null, null]);
  expect([store.find("a", hour + 999, 0), store.find("a", hour + 1_000, 0)]).toMatchObject([{}, null]);
});

test("a newer answer takes the place of the older one", () => {
  put("a", 0);
  put("a", 5, { answer: "newer" });
  expect([store.find("a", 6, 0)?.answer, store.entries, store.bytes]).toEqual(["newer", 1, 5]);
});

describe("room", () => {
  test("an answer that is too large or already expired is not kept", () => {
    expect(put("a", 0, { answer: "x".repeat(1_001) })).toBe(false);
    expect(put("a", 0, { answer: "é".repeat(501) })).toBe(false);
    expect(put("a", 0, { expiresAt: 0 })).toBe(false);
    expect([store.entries, store.bytes]).toEqual([0, 0]);
  });

  test("what was used longest ago makes room", () => {
    const answer = "x".repeat(900);
    for (const [now, key] of ["a", "b", "c", "d", "e"].entries()) put(key, now, { answer });
    store.find("a", 100_000, 0);
    put("f", 100_001, { answer });
    expect(["a", "b", "c", "d", "e", "f"].filter((key) => store.find(key, 100_002, 0) !== null)).toEqual([
      "a",
      "c",
      "d",
      "e",
      "f",
    ]);
  });

  test("the sums are those of the table, and all is within bounds, whatever is done", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
    const command = fc.oneof(
      fc.record({ do: fc.constant("put" as const), key, size: fc.integer({ min: 0, max: 1_200 }) }),
      fc.record({ do: fc.constant("find" as const), key, size: fc.constant(0) }),
      fc.record({
        do: fc.constantFrom("sweep" as const, "clear" as const, "forget" as const),
        key,
        size: fc.constant(0),
      }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        sql = memorySql();
        store = new AnswerStore(sql, bounds);
        let now = 0;
        for (const { do: what, key, size } of commands) {
          now += hour / 20;
          if (what === "put") put(key, now, { answer: "x".repeat(size), agentId: key });
          else if (what === "find") store.find(key, now, 0);
          else if (what === "sweep") store.sweep(now);
          else if (what === "clear") store.clear();
          else store.forget(key);
          const reopened = new AnswerStore(sql, bounds);
          expect([store.entries, store.bytes]).toEqual([reopened.entries, reopened.bytes]);
          expect(store.bytes).toBeLessThanOrEqual(bounds.maxBytes);
        }
      }),
    );
  });
});

describe("meaning", () => {
  test("the nearest of those at the threshold or above is found", () => {
    put("far", 0, { meaning: meaning([0, 1, 0]) });
    put("near", 1, { meaning: meaning([1, 0.1, 0]) });
    put("nearer", 2, { meaning: meaning([1, 0.05, 0]) });
    const found = store.findSimilar(meaning([1, 0, 0]), 0.9, 10, 0);
    expect(found?.answer).toBe("answer nearer");
    expect(found?.similarity).toBeCloseTo(0.99875, 4);
    expect(store.findSimilar(meaning([1, 0, 0]), 0.999, 10, 0)).toBeNull();
  });

  test("never in another scope, by another embedding model, expired, or too old", () => {
    put("a", 5, { meaning: meaning([1, 0]) });
    const same = meaning([1, 0]);
    expect(store.findSimilar(same, 1 - 1e-6, 10, 5)).toMatchObject({ answer: "answer a" });
    expect(store.findSimilar({ ...same, scope: "other" }, 0.5, 10, 0)).toBeNull();
    expect(store.findSimilar({ ...same, embedder: "other" }, 0.5, 10, 0)).toBeNull();
    expect(store.findSimilar(same, 0.5, 10, 6)).toBeNull();
    expect(store.findSimilar(same, 0.5, hour + 5, 0)).toBeNull();
  });

  test("only the newest are compared", () => {
    for (const [now, key] of ["a", "b", "c", "d"].entries()) {
      put(key, now, { meaning: meaning(key === "a" ? [1, 0] : [0, 1]) });
    }
    expect(store.findSimilar(meaning([1, 0]), 0.5, 10, 0)).toBeNull();
  });
});

test("answers made for an agent, or for one of its sessions, can be deleted", () => {
  put("a1", 0, { agentId: "a", sessionId: "1" });
  put("a2", 0, { agentId: "a", sessionId: "2" });
  put("b1", 0, { agentId: "b", sessionId: "1" });
  store.forget("a", "1");
  expect(["a1", "a2", "b1"].map((key) => store.find(key, 1, 0) !== null)).toEqual([false, true, true]);
  store.forget("a");
  expect(["a2", "b1"].map((key) => store.find(key, 1, 0) !== null)).toEqual([false, true]);
});

test("sweeping says when there is something to sweep again", () => {
  put("a", 0);
  put("b", 10);
  expect([store.sweep(5), store.sweep(hour), store.sweep(hour + 10)]).toEqual([hour, hour + 10, null]);
  expect(store.entries).toBe(0);
});
