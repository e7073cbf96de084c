import type { EventDraft } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { BridgeEvents } from "./bridge-events.ts";
import { outlineOf, shownPayload } from "./message-outline.ts";
import type { Passing } from "./message-outline.ts";
import { MessageRing } from "./message-ring.ts";
import { MinuteRate } from "./minute-rate.ts";

const passing = (value: Record<string, unknown>, more: Partial<Passing> = {}): Passing => ({
  id: "1",
  at: 0,
  direction: "in",
  role: "tasks",
  signed: false,
  value,
  concealed: false,
  ...more,
});

describe("what people see of a message", () => {
  test.each([
    [{ payload: { jwe: "eyJ.a.b.c.d" }, id: 1 }],
    [{ body: { content: { jwe: "eyJ.a.b.c.d" } } }],
    [{ taskId: "t", result: { jwe: "eyJ.a.b.c.d" } }],
  ])("is nothing of what is encrypted: %j", (value) => {
    expect(outlineOf(passing(value))).toMatchObject({ encrypted: true, preview: "(encrypted)" });
  });

  test("is short, without secrets and signatures", () => {
    const value = {
      id: "t",
      signature: "abc..def",
      payload: { text: "x".repeat(2_000), password: "hunter2" },
    };
    const { preview, taskId } = outlineOf(passing(value));
    expect(preview).toHaveLength(500);
    expect(taskId).toBe("t");
    expect(shownPayload(JSON.stringify(value), 16_384)).not.toMatch(/hunter2|abc\.\.def/);
    expect(shownPayload('{"body":{"content":{"jwe":"eyJ.a.b.c.d"}}}', 100)).toContain("(encrypted)");
    expect(shownPayload("no JSON, Bearer abc", 100)).toBe("no JSON, Bearer [removed]");
  });
});

test("the last five hundred are kept, the newest first, a page at a time", () => {
  const ring = new MessageRing();
  for (let id = 1; id <= 700; id += 1)
    ring.add(passing({ id }, { id: String(id) }), id % 2 === 0 ? 10 : 10_000);
  const seen: string[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = ring.page({ limit: 100, cursor });
    seen.push(...page.items.map(({ id }) => id));
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => String(700 - index)));
  expect(ring.page({ limit: 10, cursor: "1" }).items).toEqual([]);
});

test("a rate is of the last minute, to five seconds", () => {
  const rate = new MinuteRate();
  const start = 1_795_000_000_000;
  for (let second = 0; second < 120; second += 1) rate.add(2, start + second * 1_000);
  expect(rate.perMinute(start + 119_999)).toBe(120);
  expect(rate.perMinute(start + 150_000)).toBe(50);
  expect(rate.perMinute(start + 1_000_000)).toBe(0);
});

test("those who watch are told of twenty messages a second, and of every change", () => {
  const events: EventDraft[] = [];
  const told = new BridgeEvents({ publish: (event) => events.push(event), flush: async () => {} }, "b");
  for (let at = 0; at < 2_000; at += 10) told.passed(passing({ id: at }, { at }));
  told.changed("disconnected", 2_000);
  expect(events.filter(({ type }) => type === "bridge.message")).toHaveLength(40);
  expect(events.at(-1)).toMatchObject({
    type: "bridge.changed",
    data: { bridgeId: "b", state: "disconnected" },
  });
});
