import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { unindexedToo } from "./agent-settings.ts";
import { noWork } from "./agent-settings.ts";
import { IndexOutbox } from "./index-outbox.ts";
import type { OutboxSource, Sent } from "./index-outbox.ts";
import type { IndexedAgent } from "./registry.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An outbox with so many executions to tell of, and an index that says what it was told. */
function outbox(count: number, save: () => Promise<void> = async () => {}) {
  const pending = Array.from({ length: count }, (_, index) => `e${index}`);
  const saved: string[][] = [];
  const removed: string[] = [];
  const source: OutboxSource = {
    behind: () => pending.length > 0,
    pending: (limit) => pending.slice(0, limit),
    removed: () => [],
    agent: () => ({}) as IndexedAgent,
    execution: (id) => ({ summary: { id }, version: 3 }) as never,
    book: async () => {},
    indexed: ({ ids }: Sent) => void pending.splice(0, ids.length),
  };
  const registry = {
    save: async (_: IndexedAgent, rows: readonly { summary: { id: string } }[]) => {
      await save();
      saved.push(rows.map(({ summary }) => summary.id));
    },
    removeExecutions: async (ids: readonly string[]) => void removed.push(...ids),
  };
  return { outbox: new IndexOutbox(registry, source), saved, pending };
}

it("tells of many in a row, not of so many a second", async () => {
  const made = outbox(950);
  made.outbox.schedule();
  await vi.advanceTimersByTimeAsync(1_010);
  expect(made.saved.map((rows) => rows.length)).toEqual([...Array.from({ length: 9 }, () => 100), 50]);
});

it("tells nothing once it was stopped, and has nothing on its way then", async () => {
  const slow = Promise.withResolvers<void>();
  const made = outbox(150, () => slow.promise);
  made.outbox.schedule();
  await vi.advanceTimersByTimeAsync(1_000);
  let stopped = false;
  const stopping = made.outbox.stop().then(() => void (stopped = true));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(stopped).toBe(false);
  slow.resolve();
  await stopping;
  expect(made.saved).toHaveLength(1);
  made.outbox.schedule();
  await made.outbox.flush();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(made.saved).toHaveLength(1);
});

it("names a thousand executions that the index lacks, and beyond that where they begin", () => {
  let work = { ...noWork };
  const id = (number: number): string => `e${String(number).padStart(6, "0")}`;
  for (let number = 5; number < 3_000; number += 1) {
    work = { ...work, ...unindexedToo(work, id(number)) };
    work = { ...work, ...unindexedToo(work, id(number)) };
  }
  expect(work).toMatchObject({ unindexed: [], unindexedSince: id(5) });
  // One of before them is named beside.
  work = { ...work, ...unindexedToo(work, id(1)) };
  expect(work).toMatchObject({ unindexed: [id(1)], unindexedSince: id(5) });
});
