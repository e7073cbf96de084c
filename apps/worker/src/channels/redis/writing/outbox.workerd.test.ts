import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { ChannelSettings, newId } from "@orrery/protocol";
import { expect, it } from "vitest";
import { BridgeStore } from "../bridge-store.ts";
import { Outbox } from "./outbox.ts";

const channel = (name: string): ChannelSettings => ChannelSettings.parse({ name, mode: "streams" });

/** Runs `work` on the storage of a bridge that has just been made. */
const onStorage = (work: (storage: DurableObjectStorage) => void): Promise<void> =>
  runInDurableObject(env.AGENTS.getByName(newId()), (_, { storage }) => {
    const settings = {
      id: newId(),
      workspaceId: "local",
      name: "a bridge",
      application: "fuse",
      redis: { kind: "tcp", url: "redis://127.0.0.1:6379" },
      channels: {
        coordination: channel("coordination"),
        tasks: channel("tasks"),
        results: channel("results"),
      },
      namespace: "test",
      enabled: true,
      createdAt: "2026-11-20T12:00:00.000Z",
      updatedAt: "2026-11-20T12:00:00.000Z",
    } as const;
    new BridgeStore(storage).create(settings, null);
    work(storage);
  });

/** Sends messages of these keys, as far as Redis says so. */
function written(outbox: Outbox, ...keys: string[]): void {
  outbox.add(keys.map((key) => ({ key, role: "results", value: { key } })));
  const messages = outbox.next(100, 1_000, []);
  outbox.settle(messages.map((message) => ({ message, outcome: "written" })));
}

/** Tells of all that nobody was told of. Their keys. */
function tell(outbox: Outbox): string[] {
  const deliveries = outbox.untold(100);
  outbox.told(deliveries);
  return deliveries.map(({ delivery }) => delivery.key);
}

it("tells of each message once, whether or not that is on disk yet", () =>
  onStorage((storage) => {
    const outbox = new Outbox(storage);
    written(outbox, "one", "two");
    expect(tell(outbox)).toEqual(["one", "two"]);
    expect(tell(outbox)).toEqual([]);
    written(outbox, "three");
    expect(tell(outbox)).toEqual(["three"]);
  }));

it("tells again of what a crash came too soon after, and of nothing before that", () =>
  onStorage((storage) => {
    const before = new Outbox(storage);
    written(before, "one");
    tell(before);
    written(before, "two");
    tell(before);
    expect(tell(new Outbox(storage))).toEqual(["two"]);
  }));

it("tells again of a message that is sent again", () =>
  onStorage((storage) => {
    const outbox = new Outbox(storage);
    written(outbox, "one", "two");
    tell(outbox);
    expect(outbox.add([{ key: "one", role: "results", value: { key: "one" } }])).toMatchObject({
      added: 0,
      toldAgain: true,
    });
    expect(tell(outbox)).toEqual(["one"]);
    expect(tell(outbox)).toEqual([]);
  }));

it("writes down what many were told, without waiting for a message that follows", () =>
  onStorage((storage) => {
    const outbox = new Outbox(storage);
    const keys = Array.from({ length: 1_001 }, (_, index) => `key-${index}`);
    outbox.add(keys.map((key) => ({ key, role: "results", value: { key } })));
    const messages = outbox.next(2_000, 1_000_000, []);
    outbox.settle(messages.map((message) => ({ message, outcome: "written" })));
    outbox.told(outbox.untold(2_000));
    expect(tell(new Outbox(storage))).toEqual([]);
  }));
