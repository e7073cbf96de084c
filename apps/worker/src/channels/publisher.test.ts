import type { EventDraft } from "@orrery/protocol";
import { expect, test } from "vitest";
import type { FleetObject } from "./fleet-object.ts";
import { publisher } from "./publisher.ts";

/** Fleets whose first call is answered when a test says so. */
function slowFleets() {
  const calls: EventDraft[][] = [];
  const first = Promise.withResolvers<void>();
  const fleet = {
    publish: (events: EventDraft[]) => (calls.push(events) === 1 ? first.promise : Promise.resolve()),
  };
  const fleets = { getByName: () => fleet } as unknown as DurableObjectNamespace<FleetObject>;
  return { calls, answer: first.resolve, fleets };
}

test("what waited for long is sent in parts that a message between objects holds", async () => {
  const { calls, answer, fleets } = slowFleets();
  const events = publisher(fleets, "a workspace");
  const publish = (n: number): void =>
    events.publish({ type: "execution.progress", at: "2026-11-20T12:00:00.000Z", data: { n } });
  for (let n = 0; n < 1_500; n++) publish(n);
  expect(calls.map(({ length }) => length)).toEqual([64]);
  answer();
  await events.flush();
  expect(Math.max(...calls.map(({ length }) => length))).toBeLessThanOrEqual(256);
  expect(calls.flat().map(({ data }) => data["n"])).toEqual(Array.from({ length: 1_500 }, (_, n) => n));
});
