import type { Bridges } from "@orrery/client";
import type { Bridge, BridgeMessage, LiveEvent } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { BridgeView } from "./bridge-view.svelte.ts";

const id = "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87";
const at = "2026-11-20T12:00:00.000Z";
const settings = { mode: "pubsub", signing: "off", encryption: "off", maxLength: 100_000 } as const;

const bridge = (received: number): Bridge => ({
  id,
  name: "New Fuse",
  application: "fuse",
  redis: { kind: "tcp", url: "redis://127.0.0.1:6379" },
  secretSet: false,
  channels: {
    coordination: { ...settings, name: "c" },
    tasks: { ...settings, name: "t" },
    results: { ...settings, name: "r" },
  },
  namespace: "newfuse-agents",
  enabled: true,
  createdAt: at,
  updatedAt: at,
  status: {
    state: "connected",
    since: at,
    latencyMs: 1,
    redisVersion: "7.4.1",
    reconnects: 0,
    channels: [
      {
        role: "tasks",
        name: "t",
        mode: "pubsub",
        received,
        accepted: received,
        rejected: 0,
        sent: 0,
        receivedPerMinute: 0,
        sentPerMinute: 0,
        gaps: 0,
        lag: null,
        pending: null,
      },
    ],
    outbox: 0,
    deadLetters: 0,
  },
});

const message: BridgeMessage = {
  id: "m",
  at,
  direction: "in",
  role: "tasks",
  source: "planner",
  target: "writer",
  type: "TASK",
  taskId: "t-1",
  signed: false,
  encrypted: false,
  preview: "{}",
};

const event = (type: LiveEvent["type"], data: LiveEvent["data"]): LiveEvent => ({ id: "1", type, at, data });

/** A view of a bridge that has taken ten more messages with each reading, a second apart. */
function watching() {
  let readings = 0;
  let seconds = 0;
  const bridges: Pick<Bridges, "get" | "messages" | "delete"> = {
    get: () => Promise.resolve(bridge(10 * ++readings)),
    messages: () => Promise.resolve({ items: [{ ...message, id: "before" }], nextCursor: null }),
    delete: () => Promise.resolve(),
  };
  const view = new BridgeView(id, bridges, () => 1_000 * ++seconds);
  return { view, bridges, readings: () => readings };
}

describe("a bridge on show", () => {
  test("has rates from what successive readings counted", async () => {
    const { view } = watching();
    await view.load();
    expect(view.rates.tasks.points).toEqual([]);
    await view.load();
    expect(view.rates.tasks.points).toEqual([{ at: 2_000, received: 10, sent: 0 }]);
  });

  test("hears of its own messages, and of no other bridge's", async () => {
    const { view } = watching();
    view.hear(event("bridge.message", { bridgeId: "another", message }));
    view.hear(event("bridge.message", { bridgeId: id, message: { id: "no message" } }));
    expect(view.feed.messages).toEqual([]);
    view.hear(event("bridge.message", { bridgeId: id, message }));
    await view.loadMessages();
    expect(view.feed.messages.map((one) => one.id)).toEqual(["before", "m"]);
  });

  test("is read anew when it changes, and no more once it is being deleted", async () => {
    const { view, readings } = watching();
    view.hear(event("bridge.changed", { bridgeId: id, state: "connected" }));
    expect(readings()).toBe(1);
    await view.remove();
    await view.load();
    expect(readings()).toBe(1);
  });

  test("keeps what it shows where a reading fails, beside why", async () => {
    const { view, bridges } = watching();
    await view.load();
    bridges.get = () => Promise.reject(new Error("gone"));
    bridges.delete = () => Promise.reject(new Error("no"));
    await view.load();
    expect([view.bridge?.name, view.error]).toEqual(["New Fuse", new Error("gone")]);
    await expect(view.remove()).rejects.toThrow("no");
    bridges.get = () => Promise.resolve(bridge(0));
    await view.load();
    expect(view.error).toBeUndefined();
  });
});
