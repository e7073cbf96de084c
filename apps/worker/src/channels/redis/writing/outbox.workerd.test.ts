import { expect, it } from "vitest";
import { Outbox } from "./outbox.ts";
import { onBridgeStorage } from "./testing/bridge-storage.ts";

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
  onBridgeStorage((storage) => {
    const outbox = new Outbox(storage);
    written(outbox, "one", "two");
    expect(tell(outbox)).toEqual(["one", "two"]);
    expect(tell(outbox)).toEqual([]);
    written(outbox, "three");
    expect(tell(outbox)).toEqual(["three"]);
  }));

it("tells again of what a crash came too soon after, and of nothing before that", () =>
  onBridgeStorage((storage) => {
    const before = new Outbox(storage);
    written(before, "one");
    tell(before);
    written(before, "two");
    tell(before);
    expect(tell(new Outbox(storage))).toEqual(["two"]);
  }));

it("tells again of a message that is sent again", () =>
  onBridgeStorage((storage) => {
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

it("says which messages it knows: those that wait, that were written, and that their lease kept back", () =>
  onBridgeStorage((storage) => {
    const outbox = new Outbox(storage);
    written(outbox, "written");
    outbox.add([{ key: "fenced", role: "results", value: {} }]);
    outbox.settle(outbox.next(1, 100, []).map((message) => ({ message, outcome: "fenced" })));
    outbox.add([{ key: "waits", role: "results", value: {} }]);
    const again = ["written", "fenced", "waits", "new"];
    const { added, known } = outbox.add(again.map((key) => ({ key, role: "results", value: {} })));
    expect([added, known]).toEqual([2, ["written", "fenced", "waits"]]);
  }));

it("takes as new what it was told to forget, but nothing that came after", () =>
  onBridgeStorage((storage) => {
    const outbox = new Outbox(storage);
    const again = (key: string) => outbox.add([{ key, role: "results", value: { key } }]).added;
    written(outbox, "a:one", "a:two", "b:one");
    const until = outbox.last;
    outbox.forget(["a:one", "a:never"], until);
    expect(["a:one", "a:two"].map(again)).toEqual([1, 0]);
    outbox.settle(outbox.next(1, 100, []).map((message) => ({ message, outcome: "written" })));
    outbox.forget(["a:one"], until);
    expect(again("a:one")).toBe(0);
    outbox.forgetAll("a:");
    expect(["a:one", "a:two", "b:one"].map(again)).toEqual([1, 1, 0]);
  }));

it("writes down what many were told, without waiting for a message that follows", () =>
  onBridgeStorage((storage) => {
    const outbox = new Outbox(storage);
    const keys = Array.from({ length: 1_001 }, (_, index) => `key-${index}`);
    outbox.add(keys.map((key) => ({ key, role: "results", value: { key } })));
    const messages = outbox.next(2_000, 1_000_000, []);
    outbox.settle(messages.map((message) => ({ message, outcome: "written" })));
    outbox.told(outbox.untold(2_000));
    expect(tell(new Outbox(storage))).toEqual([]);
  }));
