/** The ring on a real Durable Object's storage, with its limits. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { type EventDraft, newId } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { EventRing } from "./event-ring.ts";

type Storage = Pick<DurableObjectStorage, "sql" | "transactionSync">;

const onStorage = (work: (storage: Storage) => void): Promise<void> =>
  runInDurableObject(env.FLEETS.getByName(newId()), (_, { storage }) => work(storage));

const drafts = (count: number, data: EventDraft["data"]): EventDraft[] =>
  Array.from({ length: count }, () => ({
    type: "execution.progress",
    at: "2026-11-20T12:00:00.000Z",
    data,
  }));

const idsAfter = (ring: EventRing, id: number): number[] =>
  Array.from(ring.after(id), (frame) => Number((JSON.parse(frame) as { id: string }).id));

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** The storage as it is, but for rows: it refuses the second of a transaction. */
const fullAfterOne = (storage: Storage): Storage => {
  let rows = 0;
  const exec = ((query: string, ...bindings: unknown[]) => {
    if (query.startsWith("INSERT") && ++rows === 2) throw new Error("database or disk is full");
    return storage.sql.exec(query, ...bindings);
  }) as SqlStorage["exec"];
  return {
    sql: { exec } as SqlStorage,
    transactionSync: (work) => storage.transactionSync(work),
  };
};

describe("a ring of events", () => {
  test.each([
    ["plain", "x"],
    ["of three bytes a character", "☃"],
  ])("keeps a burst that is larger than a row may be, its text %s", (_, character) =>
    onStorage((storage) => {
      const ring = new EventRing(storage, 4_096);
      ring.append(drafts(3, {}));
      const events = ring.append(drafts(512, { text: character.repeat(16_000) }));
      expect(events.map(({ id }) => id)).toEqual(range(4, 515));
      expect(idsAfter(ring, 0)).toEqual(range(1, 515));
      expect(idsAfter(ring, 100)).toEqual(range(101, 515));
      const { most } = storage.sql
        .exec<{ most: number }>("SELECT max(length(CAST(frames AS BLOB))) AS most FROM event_batches")
        .one();
      expect(most).toBeLessThan(2_000_000);
    }),
  );

  test("gives no id for events that it could not keep", () =>
    onStorage((storage) => {
      const ring = new EventRing(storage, 4_096);
      ring.append(drafts(2, {}));
      const full = new EventRing(fullAfterOne(storage), 4_096);
      expect(() => full.append(drafts(100, { text: "x".repeat(16_000) }))).toThrow("full");
      expect([full.last, full.reaches(2), full.reaches(3)]).toEqual([2, true, false]);
      expect(new EventRing(storage, 4_096).append(drafts(1, {})).map(({ id }) => id)).toEqual([3]);
    }));
});
