import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { AccountBooks } from "./account-books.ts";
import { dayMs } from "./days.ts";
import { playSteps, steps } from "./testing/account-steps.ts";
import { callOf } from "./testing/calls.ts";
import { Crash, CrashingStore } from "./testing/crashing-store.ts";

const workspaceId = "lab";
const direct = { workspaceId, location: "local" };
const agent = { ...direct, agentId: "a", sessionId: "s", executionId: "e" };

function opened() {
  const store = new CrashingStore();
  const clock = new ManualClock(0);
  const open = () => new AccountBooks(store, clock);
  const inAnHour = () => clock.now() + 3_600_000;
  return { store, clock, open, books: open(), inAnHour };
}

test("whatever happens, and wherever it is killed, it balances, passes no budget and charges no call twice", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const { store, clock, open } = opened();
      await playSteps(
        taken,
        {
          open,
          crashAfter: (statements) => store.crashAfter(statements),
          isCrash: (error) => error instanceof Crash,
        },
        clock,
      );
    }),
    { numRuns: 200 },
  );
}, 60_000);

describe("holds", () => {
  test("are taken from every budget that applies, or from none", async () => {
    const { books, inAnHour } = opened();
    await books.createBudget({ scope: "workspace", period: "total", limitMicros: 1_000 });
    await books.createBudget({ scope: "agent", targetId: null, period: "day", limitMicros: 100 });
    const refusal = books.hold({ id: "1", caller: agent, micros: 101, expiresAt: inAnHour() });
    expect(refusal).toMatchObject({ remainingMicros: 100 });
    expect(books.balance()).toEqual({ granted: 0, held: 0, settled: 0, released: 0 });
    expect(books.hold({ id: "2", caller: direct, micros: 101, expiresAt: inAnHour() })).toBeNull();
  });

  test("a limit without a target is each one's own", async () => {
    const { books, inAnHour } = opened();
    await books.createBudget({ scope: "agent", period: "total", limitMicros: 100 });
    const hold = (id: string, agentId: string) =>
      books.hold({ id, caller: { ...direct, agentId }, micros: 80, expiresAt: inAnHour() });
    expect([hold("1", "a"), hold("2", "b")]).toEqual([null, null]);
    expect(hold("3", "a")).toMatchObject({ remainingMicros: 20 });
  });

  test("the agents of a tree spend from one budget", async () => {
    const { books, inAnHour } = opened();
    await books.createBudget({ scope: "tree", period: "total", limitMicros: 100 });
    const hold = (id: string, agentId: string, treeId?: string) =>
      books.hold({
        id,
        caller: { ...direct, agentId, ...(treeId && { treeId }) },
        micros: 60,
        expiresAt: inAnHour(),
      });
    expect(hold("1", "root")).toBeNull();
    expect(hold("2", "child", "root")).toMatchObject({ remainingMicros: 40 });
    expect(hold("3", "child")).toBeNull();
  });

  test("a free call passes a budget that is spent", async () => {
    const { books, inAnHour } = opened();
    await books.createBudget({ scope: "workspace", period: "total", limitMicros: 0 });
    expect(books.hold({ id: "1", caller: direct, micros: 0, expiresAt: inAnHour() })).toBeNull();
    expect(books.hold({ id: "2", caller: direct, micros: 1, expiresAt: inAnHour() })).not.toBeNull();
  });

  test("nobody settled count as spent, until it comes to light what the call cost", async () => {
    const { books, clock, inAnHour } = opened();
    await books.createBudget({ scope: "workspace", period: "total", limitMicros: 100 });
    const began = clock.now();
    books.hold({ id: "1", caller: direct, micros: 100, expiresAt: inAnHour() });
    expect(books.nextTidying()).toBe(inAnHour());
    clock.advance(3_600_000);
    const next = { id: "2", caller: direct, micros: 40, expiresAt: inAnHour() };
    expect(books.hold(next)).toMatchObject({ remainingMicros: 0 });
    expect(books.budgets()).toMatchObject([{ spentMicros: 100, heldMicros: 0 }]);
    // Nobody knows of a call.
    expect(books.usage({ by: "day", limit: 25 })).toMatchObject({ total: { calls: 0, costMicros: 0 } });
    books.settle([{ caller: direct, call: callOf("1", 60, began) }]);
    expect(books.hold(next)).toBeNull();
    expect(books.budgets()).toMatchObject([{ spentMicros: 60, heldMicros: 40 }]);
    expect(books.balance()).toEqual({ granted: 140, held: 40, settled: 60, released: 40 });
  });

  test("that lapsed are given back where their call turns out to have cost nothing", async () => {
    const { books, clock, inAnHour } = opened();
    await books.createBudget({ scope: "agent", period: "total", limitMicros: 100 });
    books.hold({ id: "1", caller: agent, micros: 100, expiresAt: inAnHour() });
    clock.advance(3_600_000);
    expect(books.budgets()).toMatchObject([{ spentMicros: 100 }]);
    books.release(["1"]);
    expect(books.budgets()).toMatchObject([{ spentMicros: 0 }]);
    expect(books.balance()).toEqual({ granted: 100, held: 0, settled: 0, released: 100 });
  });

  test("that lapsed are forgotten after a month, and what they held stays spent", async () => {
    const { books, clock, inAnHour } = opened();
    await books.createBudget({ scope: "workspace", period: "total", limitMicros: 100 });
    books.hold({ id: "1", caller: direct, micros: 100, expiresAt: inAnHour() });
    for (let day = 0; day < 39; day++) {
      clock.advance(dayMs);
      books.tidy();
    }
    expect(books.nextTidying()).toBeNull();
    expect(books.budgets()).toMatchObject([{ spentMicros: 100 }]);
  });

  test("can be asked about without being made", async () => {
    const { books, inAnHour } = opened();
    await books.createBudget({ scope: "workspace", period: "total", limitMicros: 100 });
    const request = { id: "1", caller: direct, micros: 100, expiresAt: inAnHour() };
    expect([books.refusal(request), books.refusal({ ...request, micros: 101 })]).toMatchObject([
      null,
      { remainingMicros: 100 },
    ]);
    expect(books.balance()).toMatchObject({ granted: 0 });
  });

  test("are refused in words that name the budget, and say when a day's renews", async () => {
    const { books, inAnHour } = opened();
    const made = await books.createBudget({
      scope: "agent",
      targetId: "a",
      period: "day",
      limitMicros: 5_000_000,
    });
    if ("conflict" in made) throw new Error(made.conflict);
    books.settle([{ caller: agent, call: callOf("1", 4_900_000, Date.UTC(2026, 10, 20)) }]);
    books.hold({ id: "2", caller: agent, micros: 50_000, expiresAt: inAnHour() });
    expect(books.hold({ id: "3", caller: agent, micros: 50_001, expiresAt: inAnHour() })?.message).toBe(
      `The budget ${made.id} allows agent a $5.00 a day: $4.90 is spent, $0.05 is held for calls under way, ` +
        "and this call may cost $0.050001. It renews at 2026-11-21T00:00:00.000Z.",
    );
  });
});

describe("charges", () => {
  test("above what was held are booked whole, and said", () => {
    const { books, clock, inAnHour } = opened();
    books.hold({ id: "1", caller: direct, micros: 50, expiresAt: inAnHour() });
    const overruns = books.settle([{ caller: direct, call: callOf("1", 80, clock.now()) }]);
    expect(overruns).toEqual([{ callId: "1", heldMicros: 50, costMicros: 80 }]);
    expect(books.balance()).toEqual({ granted: 50, held: 0, settled: 50, released: 0 });
    expect(books.usage({ by: "day", limit: 25 })).toMatchObject({ total: { costMicros: 80 } });
  });

  test("belong to the day of their hold", async () => {
    const { books, clock, inAnHour } = opened();
    await books.createBudget({ scope: "workspace", period: "day", limitMicros: 100 });
    clock.advance(dayMs - 1);
    books.hold({ id: "1", caller: direct, micros: 100, expiresAt: inAnHour() });
    clock.advance(1);
    books.settle([{ caller: direct, call: callOf("1", 90, clock.now()) }]);
    expect(books.budgets()).toMatchObject([{ spentMicros: 0, heldMicros: 0 }]);
    expect(books.usage({ by: "day", from: "2026-11-20", limit: 25 })).toMatchObject({
      items: [
        { key: "2026-11-20", costMicros: 90 },
        { key: "2026-11-21", costMicros: 0 },
      ],
    });
  });

  test("of before a budget was made count in it", async () => {
    const { books, clock } = opened();
    books.settle([{ caller: agent, call: callOf("1", 30, clock.now() - dayMs) }]);
    books.settle([{ caller: agent, call: callOf("2", 40, clock.now()) }]);
    const spent: number[] = [];
    for (const scope of ["workspace", "agent", "session", "execution", "tree"] as const) {
      for (const period of ["total", "day"] as const) {
        const made = await books.createBudget({ scope, period, limitMicros: 100 });
        if (!("conflict" in made)) spent.push(made.spentMicros);
      }
    }
    expect(spent).toEqual([70, 40, 70, 40, 70, 40, 70, 40, 70, 40]);
  });

  test("that come again after a month change nothing; what makes them known is then forgotten, and the sums stay", () => {
    const { books, clock } = opened();
    const charge = { caller: agent, call: callOf("1", 30, clock.now()) };
    books.settle([charge]);
    for (let day = 0; day < 35; day++) {
      clock.advance(dayMs);
      books.tidy();
      books.settle([charge]);
    }
    expect(books.usage({ by: "agent", from: "2026-11-01", limit: 25 })).toMatchObject({
      total: { calls: 1 },
    });
    for (let day = 0; day < 2; day++) {
      clock.advance(dayMs);
      books.tidy();
    }
    expect(books.nextTidying()).toBeNull();
    expect(books.usage({ by: "agent", from: "2026-11-01", limit: 25 })).toMatchObject({
      total: { calls: 1, costMicros: 30 },
    });
  });

  test("that come again after the platform was off for months change nothing", () => {
    const { books, clock, open } = opened();
    const charge = { caller: agent, call: callOf("1", 30, clock.now()) };
    books.settle([charge]);
    clock.advance(dayMs);
    books.tidy();
    clock.advance(200 * dayMs);
    const later = open();
    expect(later.nextTidying()).toBeLessThan(clock.now());
    later.tidy();
    later.settle([charge]);
    expect(later.usage({ by: "day", from: "2026-11-01", limit: 25 })).toMatchObject({ total: { calls: 1 } });
  });

  test("are forgotten some thousand at a time", () => {
    const { books, clock } = opened();
    const started = clock.now();
    books.settle(
      Array.from({ length: 2_001 }, (_, n) => ({ caller: direct, call: callOf(`${n}`, 1, started) })),
    );
    for (let day = 0; day < 37; day++) {
      clock.advance(dayMs);
      books.tidy();
    }
    expect(books.nextTidying()).toBe(clock.now());
    books.tidy();
    expect(books.nextTidying()).toBeNull();
  });
});

describe("what a target has spent", () => {
  /** A year and some days in which calls are made every day, none of them on the target's behalf. */
  function yearLater({ books, clock }: Pick<ReturnType<typeof opened>, "books" | "clock">): void {
    for (let day = 0; day < 370; day++) {
      clock.advance(dayMs);
      books.settle([{ caller: direct, call: callOf(`day ${day}`, 1, clock.now()) }]);
      books.tidy();
    }
  }

  test("is forgotten a year after its last call, where no budget goes by it", async () => {
    const { books, clock } = opened();
    books.settle([{ caller: agent, call: callOf("1", 30, clock.now()) }]);
    yearLater({ books, clock });
    for (const scope of ["agent", "session", "execution", "tree"] as const) {
      const made = await books.createBudget({ scope, period: "total", limitMicros: 100 });
      expect(made).toMatchObject({ scope, spentMicros: 0 });
    }
    const whole = await books.createBudget({ scope: "workspace", period: "total", limitMicros: 1_000 });
    expect(whole).toMatchObject({ spentMicros: 400 });
  });

  test("is never forgotten where a budget bounds it in all", async () => {
    const { books, clock } = opened();
    await books.createBudget({ scope: "session", period: "total", limitMicros: 100 });
    await books.createBudget({ scope: "agent", period: "day", limitMicros: 100 });
    books.settle([{ caller: agent, call: callOf("1", 30, clock.now()) }]);
    yearLater({ books, clock });
    expect(books.budgets()).toMatchObject([
      { scope: "session", spentMicros: 30 },
      { scope: "agent", spentMicros: 0 },
    ]);
  });
});

const conflictOf = (made: object): unknown => ("conflict" in made ? made.conflict : null);

describe("budgets", () => {
  test("are two hundred at most, and no two bound the same", async () => {
    const { books } = opened();
    const create = (targetId: string) =>
      books.createBudget({ scope: "agent", targetId, period: "day", limitMicros: 1 });
    for (let n = 0; n < 200; n++)
      expect(await create(`agent-${n}`)).toMatchObject({ targetId: `agent-${n}` });
    expect(conflictOf(await create("agent-0"))).toContain("bounds the same");
    expect(conflictOf(await create("agent-200"))).toContain("at most 200");
    expect(books.budgets()).toHaveLength(200);
  });

  test("hold what they held across a new limit", async () => {
    const { books, inAnHour } = opened();
    const made = await books.createBudget({ scope: "workspace", period: "total", limitMicros: 100 });
    if ("conflict" in made) throw new Error(made.conflict);
    books.hold({ id: "1", caller: direct, micros: 80, expiresAt: inAnHour() });
    expect(await books.updateBudget(made.id, 50)).toMatchObject({ limitMicros: 50, heldMicros: 80 });
    expect(books.hold({ id: "2", caller: direct, micros: 1, expiresAt: inAnHour() })).toMatchObject({
      remainingMicros: 0,
    });
    await books.updateBudget(made.id, 81);
    expect(books.hold({ id: "2", caller: direct, micros: 1, expiresAt: inAnHour() })).toBeNull();
  });
});
