import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { Gate, type GateCall, type Place, type Verdict } from "./gate.ts";

/** 25 a second: one goes every 44 ms. */
const limits = { requestsPerMinute: 1_500 };
const interval = 44;

interface Outcome {
  party: string;
  arrived: number;
  deadline: number;
  /** When it was let through; null where it was not. */
  went: number | null;
  tokens: number;
  refusedWith?: number;
}

const isPlace = (entered: Verdict | Place): entered is Place => "turn" in entered;
const flush = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A gate on a clock of its own, and what became of everyone who came. */
class Trial {
  readonly clock = new ManualClock(-1);
  readonly #times: number[] = [];
  readonly gate = new Gate(this.clock, {}, (_, now) => this.#times.push(now));
  readonly start = this.clock.now();
  readonly outcomes: Outcome[] = [];
  #went = 0;

  enter(party: string, more: { tokens?: number; patience?: number; limits?: GateCall["limits"] } = {}) {
    const now = this.clock.now() - this.start;
    const deadline = now + (more.patience ?? 3_600_000);
    const tokens = more.tokens ?? 0;
    const outcome: Outcome = { party, arrived: now, deadline, went: null, tokens };
    this.outcomes.push(outcome);
    const call = { limits: more.limits ?? limits, party, tokens, deadline: this.start + deadline };
    const entered = this.gate.enter(call);
    // Turns resolve in the order in which they were given, one for each taking.
    const settle = (verdict: Verdict): void => {
      if (verdict.through) outcome.went = this.#times[this.#went++]! - this.start;
      else outcome.refusedWith = verdict.waitMs;
    };
    if (isPlace(entered)) void entered.turn.then(settle);
    else settle(entered);
    return { outcome, entered };
  }

  correct(tokens: number, limits: GateCall["limits"]): void {
    const lengthBefore = this.#times.length;
    this.gate.correct(limits, tokens);
    // A correction is a taking, but nobody's turn.
    this.#times.splice(lengthBefore, 1);
  }

  giveBack(tokens: number, limits: GateCall["limits"], takenAt: number): void {
    const lengthBefore = this.#times.length;
    this.gate.giveBack(limits, tokens, takenAt);
    this.#times.splice(lengthBefore, 1);
  }

  async pass(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    await flush();
  }
}

describe("turns", () => {
  test("parties go in turns, whatever the number of calls each has waiting", async () => {
    const trial = new Trial();
    for (const party of ["a", "a", "a", "a", "b", "c"]) trial.enter(party);
    await trial.pass(10_000);
    const order = trial.outcomes.toSorted((one, other) => one.went! - other.went!);
    expect(order.map(({ party, went }) => `${party}@${went}`)).toEqual([
      "a@0",
      "a@44",
      "b@88",
      "c@132",
      "a@176",
      "a@220",
    ]);
  });

  test("who leaves costs nothing, and those behind move up", async () => {
    const trial = new Trial();
    trial.enter("a");
    const { entered } = trial.enter("b");
    const { outcome } = trial.enter("c");
    if (isPlace(entered)) entered.leave();
    await trial.pass(1_000);
    expect([outcome.went, trial.gate.waiting, trial.clock.pending]).toEqual([interval, 0, 0]);
  });
});

describe("deadlines", () => {
  test("who cannot come through in time is refused at once, with the wait that it would need", () => {
    const trial = new Trial();
    for (let n = 0; n < 5; n++) trial.enter("a");
    expect(trial.enter("a", { patience: 219 }).entered).toEqual({ through: false, waitMs: 220 });
    expect(trial.enter("b", { patience: 87 }).entered).toEqual({ through: false, waitMs: 88 });
    expect(trial.gate.waiting).toBe(4);
    expect(isPlace(trial.enter("b", { patience: 88 }).entered)).toBe(true);
  });

  test("who is pushed back beyond its deadline hears at its deadline", async () => {
    const trial = new Trial();
    trial.enter("a");
    trial.enter("a");
    const { outcome } = trial.enter("a", { patience: 100 });
    for (const party of ["b", "c", "d"]) trial.enter(party);
    await trial.pass(99);
    expect(outcome.refusedWith).toBeUndefined();
    await trial.pass(1);
    expect([outcome.went, outcome.refusedWith]).toEqual([null, 120]);
  });
});

describe("tokens", () => {
  const tokenLimits = { tokensPerMinute: 66_000 };

  test("a call larger than a minute's worth goes once, and the others pay for it", async () => {
    const trial = new Trial();
    trial.enter("a", { tokens: 100_000, limits: tokenLimits });
    const { outcome } = trial.enter("b", { tokens: 1_000, limits: tokenLimits });
    await trial.pass(200_000);
    expect([trial.outcomes[0]?.went, outcome.went]).toEqual([0, 95_000]);
  });

  test("what a call did not take lets those who wait through sooner", async () => {
    const trial = new Trial();
    trial.enter("a", { tokens: 12_000, limits: tokenLimits });
    const { outcome } = trial.enter("b", { tokens: 6_000, limits: tokenLimits });
    trial.correct(-11_000, tokenLimits);
    await trial.pass(1_000);
    expect(outcome.went).toBe(1_000);
  });

  test("a call that was not made after all lets those who wait through sooner", async () => {
    const trial = new Trial();
    const { entered } = trial.enter("a", { tokens: 6_000, limits: tokenLimits });
    const { outcome } = trial.enter("b", { tokens: 6_000, limits: tokenLimits });
    if (isPlace(entered) || !entered.through) throw new Error("the first goes at once");
    await trial.pass(200);
    trial.giveBack(6_000, tokenLimits, entered.at);
    await trial.pass(200);
    expect(outcome.went).toBe(200);
  });

  test("limits that change hold for those who wait, from what is owed", async () => {
    const trial = new Trial();
    trial.enter("a", { limits: { requestsPerMinute: 1 } });
    trial.enter("b", { limits: { requestsPerMinute: 1 } });
    const { outcome } = trial.enter("c", { limits });
    await trial.pass(1_000);
    expect([trial.outcomes[1]?.went, outcome.went]).toEqual([44, 88]);
  });
});

const arrivals = fc.array(
  fc.record({
    pause: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
    party: fc.constantFrom("a", "b", "c", "d", "e"),
    tokens: fc.integer({ min: 0, max: 3_000 }),
    patience: fc.oneof(fc.constant(3_600_000), fc.integer({ min: 0, max: 2_000 })),
    leavesAfter: fc.option(fc.integer({ min: 0, max: 500 }), { nil: null, freq: 4 }),
  }),
  { minLength: 1, maxLength: 60 },
);

describe("whatever comes and leaves", () => {
  test("no second sees more than its share, no minute more than its tokens, and nobody goes late", async () => {
    const both = { requestsPerMinute: 3_000, tokensPerMinute: 60_000 };
    await fc.assert(
      fc.asyncProperty(arrivals, async (arrivals) => {
        const trial = new Trial();
        for (const { pause, party, leavesAfter, ...call } of arrivals) {
          await trial.pass(pause);
          const { entered } = trial.enter(party, { ...call, limits: both });
          if (leavesAfter !== null && isPlace(entered)) trial.clock.after(leavesAfter, () => entered.leave());
        }
        await trial.pass(3_700_000);
        expect([trial.gate.waiting, trial.clock.pending]).toEqual([0, 0]);
        const went = trial.outcomes.filter((outcome) => outcome.went !== null);
        for (const { went: start } of went) {
          const within = (ms: number) => went.filter((one) => one.went! >= start! && one.went! < start! + ms);
          expect(within(1_000).length).toBeLessThanOrEqual(50);
          const tokens = within(60_000).reduce((sum, one) => sum + one.tokens, 0);
          expect(tokens).toBeLessThanOrEqual(60_000);
        }
        for (const { arrived, deadline, went } of trial.outcomes) {
          if (went !== null) {
            expect(went).toBeGreaterThanOrEqual(arrived);
            expect(went).toBeLessThanOrEqual(deadline);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("nobody waits longer for its nth than n rounds of all parties", async () => {
    const crowd = fc.array(
      fc.record({
        pause: fc.integer({ min: 0, max: 60 }),
        party: fc.constantFrom("a", "b", "c", "d", "e", "f"),
        calls: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 40 })),
      }),
      { minLength: 1, maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(crowd, async (crowd) => {
        const trial = new Trial();
        const parties = new Set(crowd.map(({ party }) => party)).size;
        const bounds: { outcome: Outcome; rounds: number }[] = [];
        for (const { pause, party, calls } of crowd) {
          await trial.pass(pause);
          for (let n = 0; n < calls; n++) {
            const ahead = trial.outcomes.filter((other) => other.party === party && other.went === null);
            bounds.push({ outcome: trial.enter(party).outcome, rounds: ahead.length + 1 });
          }
        }
        await trial.pass(600_000);
        for (const { outcome, rounds } of bounds) {
          expect(outcome.went! - outcome.arrived).toBeLessThanOrEqual(rounds * parties * interval);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a place is foretold exactly, if nobody else comes", async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, fc.integer({ min: 0, max: 3_000 }), async (arrivals, tokens) => {
        const run = async (patience: number): Promise<Outcome> => {
          const trial = new Trial();
          const both = { requestsPerMinute: 3_000, tokensPerMinute: 60_000 };
          for (const { party, tokens } of arrivals) trial.enter(party, { tokens, limits: both });
          const { outcome } = trial.enter("z", { tokens, patience, limits: both });
          await trial.pass(600_000);
          return outcome;
        };
        const { refusedWith } = await run(-1);
        const { went } = await run(3_600_000);
        expect(went).toBe(refusedWith ?? 0);
      }),
      { numRuns: 60 },
    );
  });
});
