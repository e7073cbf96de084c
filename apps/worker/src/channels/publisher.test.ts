import type { EventDraft } from "@orrery/protocol";
import { expect, test, vi } from "vitest";
import type { FleetObject } from "./fleet-object.ts";
import { publisher } from "./publisher.ts";

/** Fleets whose first calls are answered when a test says so. */
function slowFleets(slow = 1) {
  const calls: EventDraft[][] = [];
  const answers = Array.from({ length: slow }, () => Promise.withResolvers<void>());
  const fleet = {
    publish: (events: EventDraft[]) => answers[calls.push(events) - 1]?.promise ?? Promise.resolve(),
  };
  const fleets = { getByName: () => fleet } as unknown as DurableObjectNamespace<FleetObject>;
  return { calls, answer: (call: number) => answers[call]?.resolve(), fleets };
}

const event = (n: number): EventDraft => ({
  type: "execution.progress",
  at: "2026-11-20T12:00:00.000Z",
  data: { n },
});

test("what waited for long is sent in parts that a message between objects holds", async () => {
  const { calls, answer, fleets } = slowFleets();
  const events = publisher(fleets, "a workspace");
  for (let n = 0; n < 1_500; n++) events.publish(event(n));
  expect(calls.map(({ length }) => length)).toEqual([64]);
  answer(0);
  await events.flush();
  expect(Math.max(...calls.map(({ length }) => length))).toBeLessThanOrEqual(256);
  expect(calls.flat().map(({ data }) => data["n"])).toEqual(Array.from({ length: 1_500 }, (_, n) => n));
});

test("what is said while two deliveries end, one after the other, is delivered", async () => {
  const { calls, answer, fleets } = slowFleets(2);
  const [first, leaving, last] = Array.from({ length: 3 }, () => publisher(fleets, "another workspace"));
  for (let n = 0; n < 64; n++) first?.publish(event(n));
  leaving?.publish(event(64));
  const left = leaving?.flush();
  await vi.waitFor(() => expect(calls).toHaveLength(2));
  answer(0);
  await first?.flush();
  last?.publish(event(65));
  answer(1);
  await left;
  await last?.flush();
  expect(calls.flat().map(({ data }) => data["n"])).toEqual(Array.from({ length: 66 }, (_, n) => n));
});
