import type { BridgeMessage } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { MessageFeed } from "./message-feed.svelte.ts";

const message = (id: string, second: number, changes: Partial<BridgeMessage> = {}): BridgeMessage => ({
  id,
  at: new Date(Date.UTC(2026, 10, 20, 12, 0, second)).toISOString(),
  direction: "in",
  role: "tasks",
  source: "planner",
  target: "writer",
  type: "TASK",
  taskId: id,
  signed: false,
  encrypted: false,
  preview: "{}",
  ...changes,
});

const ids = (messages: readonly BridgeMessage[]) => messages.map(({ id }) => id).join("");

describe("a bridge's messages", () => {
  test("stand newest first, each once, whether they were heard or read", () => {
    const feed = new MessageFeed();
    feed.take([message("c", 3)]);
    feed.take([message("c", 3), message("b", 2), message("a", 1)]);
    feed.take([message("d", 4)]);
    expect(ids(feed.shown)).toBe("dcba");
  });

  test("of one channel can be shown alone, and the others come back", () => {
    const feed = new MessageFeed();
    feed.take([message("b", 2, { role: "results" }), message("a", 1)]);
    feed.role = "results";
    expect(ids(feed.shown)).toBe("b");
    feed.role = "all";
    expect(ids(feed.shown)).toBe("ba");
  });

  test("wait while it is paused, are counted, and come when it goes on", () => {
    const feed = new MessageFeed();
    feed.take([message("a", 1)]);
    feed.pause();
    feed.take([message("b", 2)]);
    feed.take([message("c", 3), message("b", 2), message("a", 1)]);
    expect([ids(feed.shown), feed.waiting, feed.paused]).toEqual(["a", 2, true]);
    feed.resume();
    expect([ids(feed.shown), feed.waiting, feed.paused]).toEqual(["cba", 0, false]);
  });

  test("are no more than a bridge keeps, on show or held back", () => {
    const feed = new MessageFeed();
    for (let index = 0; index < 600; index += 1) feed.take([message(`m${index}`, index)]);
    expect(feed.messages).toHaveLength(500);
    expect(feed.messages[0]?.id).toBe("m599");
    feed.pause();
    for (let index = 600; index < 1_200; index += 1) feed.take([message(`m${index}`, index)]);
    expect(feed.waiting).toBe(500);
  });
});
