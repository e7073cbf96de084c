import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { expect, test } from "vitest";
import { migrate } from "../bridge-tables.ts";
import { HeldEntries } from "./held-entries.ts";

/** Runs `work` on storage with the tables of a bridge. */
const onStorage = (work: (sql: SqlStorage) => void): Promise<void> =>
  runInDurableObject(env.AGENTS.getByName(newId()), (_, { storage }) => {
    migrate(storage.sql);
    work(storage.sql);
  });

const parked = (id: string, lane: string, deliveries = 1) => ({ id, lane, deliveries });

test("entries are handed over again when their time has come, after a restart as well", () =>
  onStorage((sql) => {
    const held = new HeldEntries(sql);
    held.putOff("s", [
      { id: "1-1", dueAt: 200, deliveries: 1 },
      { id: "1-2", dueAt: 100, deliveries: 3 },
    ]);
    held.putOff("other", [{ id: "1-1", dueAt: 50, deliveries: 1 }]);
    expect([held.nextDue("s"), held.nextDue("none")]).toEqual([100, Infinity]);
    expect(held.due("s", 99, 10)).toEqual([]);
    expect(new HeldEntries(sql).due("s", 200, 10)).toEqual([
      { id: "1-2", deliveries: 3 },
      { id: "1-1", deliveries: 1 },
    ]);
    held.putOff("s", [{ id: "1-2", dueAt: 300, deliveries: 4 }]);
    held.release("s", ["1-1", "9-9"]);
    expect(held.among("s", ["1-1", "1-2"])).toEqual(new Set(["1-2"]));
    expect(held.due("s", 1_000, 10)).toEqual([{ id: "1-2", deliveries: 4 }]);
  }));

test("to wait for somebody is no delivery more, however often it is tried; to fail is", () =>
  onStorage((sql) => {
    const held = new HeldEntries(sql);
    for (let time = 1; time <= 100; time += 1) held.park("s", [parked("1-1", "a", time)]);
    expect(held.inLane("s", "a", 10)).toEqual([{ id: "1-1", deliveries: 1 }]);
    held.putOff("s", [{ id: "1-1", dueAt: 0, deliveries: 2 }]);
    expect([held.inLane("s", "a", 10), held.due("s", 0, 10)]).toEqual([[], [{ id: "1-1", deliveries: 2 }]]);
    held.park("s", [parked("1-1", "b", 3)]);
    expect(held.inLane("s", "b", 10)).toEqual([{ id: "1-1", deliveries: 3 }]);
  }));

test("those that wait for the same keep their order, and nothing is due of them", () =>
  onStorage((sql) => {
    const held = new HeldEntries(sql);
    held.park("s", [parked("1-1", "a"), parked("1-2", "b"), parked("1-3", "a")]);
    held.park("s", [parked("1-1", "a")]);
    expect(held.inLane("s", "a", 10).map(({ id }) => id)).toEqual(["1-1", "1-3"]);
    expect(held.inLane("s", "a", 1).map(({ id }) => id)).toEqual(["1-1"]);
    expect(new HeldEntries(sql).lanes("s").toSorted()).toEqual(["a", "b"]);
    expect([held.due("s", Infinity, 10), held.nextDue("s")]).toEqual([[], Infinity]);
  }));

test("a stream is full when a hundred thousand of its entries are put off, and has room as they go", () =>
  onStorage((sql) => {
    const held = new HeldEntries(sql);
    const ids = Array.from({ length: 100_000 }, (_, index) => `1-${index}`);
    held.park(
      "s",
      ids.map((id) => parked(id, "a")),
    );
    expect([held.isFull("s"), held.isFull("other"), new HeldEntries(sql).isFull("s")]).toEqual([
      true,
      false,
      true,
    ]);
    held.release("s", ["1-0"]);
    expect(held.isFull("s")).toBe(false);
  }));
