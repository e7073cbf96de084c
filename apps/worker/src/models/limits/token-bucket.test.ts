import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

const minute = 60_000;

/** When takings of these sizes go, each as soon as it can, the clock told in whole milliseconds. */
function times(bucket: TokenBucket, amounts: readonly number[], start = 0): number[] {
  let now = start;
  return amounts.map((amount) => {
    now += bucket.wait(amount, now);
    bucket.take(amount, now);
    return now;
  });
}

describe("requests", () => {
  test("go evenly, a little slower than the rate", () => {
    const bucket = TokenBucket.ofRequests(3_000);
    expect(times(bucket, [1, 1, 1, 1])).toEqual([0, 22, 44, 66]);
  });

  test("reach their number within a minute from rest", () => {
    expect(
      times(
        TokenBucket.ofRequests(10),
        Array.from({ length: 10 }, () => 1),
      ).at(-1),
    ).toBe(59_400);
  });

  test("rest gives no burst, and what a late timer missed is not made up for", () => {
    const bucket = TokenBucket.ofRequests(3_000);
    bucket.take(1, 0);
    expect(times(bucket, [1, 1], 3_600_000)).toEqual([3_600_000, 3_600_022]);
  });

  test.each([1, 10, 59, 60, 61, 3_000, 6_600, 60_000, 1_000_000])(
    "%i a minute: an upstream that counts seconds sees no more than a sixtieth of them, even 80 ms out of order",
    (perMinute) => {
      const count = Math.min(20_000, perMinute * 2);
      const went = times(
        TokenBucket.ofRequests(perMinute),
        Array.from({ length: count }, () => 1),
      );
      const second = Math.max(1, Math.floor(perMinute / 60));
      const window = perMinute < 60 ? minute / perMinute : 1_000;
      for (let index = second; index < went.length; index++) {
        expect(went[index]! - went[index - second]!).toBeGreaterThan(window + 80);
      }
    },
  );
});

describe("tokens", () => {
  test("six seconds' worth goes at once, then the rate", () => {
    const bucket = TokenBucket.ofTokens(66_000);
    expect(times(bucket, [3_000, 3_000, 1_000, 1_000])).toEqual([0, 0, 1_000, 2_000]);
  });

  test("a call larger than the bucket waits until it is full, takes it, and leaves a debt", () => {
    const bucket = TokenBucket.ofTokens(66_000);
    bucket.take(1_000, 0);
    expect(bucket.wait(500_000, 0)).toBe(1_000);
    bucket.take(500_000, 1_000);
    expect(bucket.level(1_000).owed).toBe(500_000);
    expect(bucket.wait(1, 1_000)).toBe(494_001);
  });

  test("what is given back can be taken again, and never makes a bucket more than full", () => {
    const bucket = TokenBucket.ofTokens(66_000);
    bucket.take(6_000, 0);
    bucket.take(-2_000, 0);
    expect([bucket.wait(2_000, 0), bucket.wait(2_001, 0)]).toEqual([0, 1]);
    bucket.take(-50_000, 0);
    expect(bucket.level(0).owed).toBe(0);
  });

  test("no more than the rate goes in any minute, but for what one last large call is larger than the bucket", () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 100_000 }), amounts, (perMinute, amounts) => {
        const bucket = TokenBucket.ofTokens(perMinute);
        const went = times(bucket, amounts);
        for (const [first, start] of went.entries()) {
          let sum = 0;
          for (let index = first; index < went.length && went[index]! < start + minute; index++) {
            sum += amounts[index]!;
            const excess = Math.max(0, amounts[index]! - bucket.capacity);
            expect(sum).toBeLessThanOrEqual(perMinute + excess + 1);
          }
        }
      }),
    );
  });
});

test("does what a bucket does that is filled drop by drop, millisecond by millisecond", () => {
  const step = fc.record({
    pause: fc.integer({ min: 0, max: 400 }),
    amount: fc.integer({ min: 1, max: 30 }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(step, { maxLength: 40 }),
      (perTick, capacity, steps) => {
        // In the model a drop is a tenth of a unit, so that all of its numbers are whole.
        const bucket = new TokenBucket(perTick / 10, capacity);
        let drops = capacity * 10;
        let now = 0;
        for (const { pause, amount } of steps) {
          for (let tick = 0; tick < pause; tick++) drops = Math.min(capacity * 10, drops + perTick);
          now += pause;
          const needed = Math.min(amount, capacity) * 10;
          let wait = 0;
          for (let later = drops; later < needed; wait++) later += perTick;
          expect(bucket.wait(amount, now)).toBe(wait);
          if (wait === 0) {
            bucket.take(amount, now);
            drops -= amount * 10;
          }
        }
      },
    ),
  );
});

describe("what was taken for nothing", () => {
  test("can be taken by the next as soon as it is given back", () => {
    const bucket = TokenBucket.ofRequests(60);
    bucket.take(1, 0);
    expect(bucket.wait(1, 3)).toBe(1_097);
    bucket.giveBack(1, 3, 3);
    expect(bucket.wait(1, 3)).toBe(0);
  });

  test("never lets more go than if it had not been taken, and never less than if it had been kept", () => {
    const takings = fc.array(
      fc.record({
        pause: fc.integer({ min: 0, max: 3_000 }),
        amount: fc.integer({ min: 1, max: 9_000 }),
        givenBackAfter: fc.option(fc.integer({ min: 0, max: 6_000 }), { nil: null }),
      }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(takings, (takings) => {
        const bucket = TokenBucket.ofTokens(66_000);
        const kept = TokenBucket.ofTokens(66_000);
        const without = TokenBucket.ofTokens(66_000);
        const steps: [at: number, step: () => void][] = [];
        let start = 0;
        for (const { pause, amount, givenBackAfter } of takings) {
          const at = (start += pause);
          steps.push([
            at,
            () => {
              bucket.take(amount, at);
              kept.take(amount, at);
              if (givenBackAfter === null) without.take(amount, at);
            },
          ]);
          if (givenBackAfter === null) continue;
          const back = at + givenBackAfter;
          steps.push([back, () => bucket.giveBack(amount, givenBackAfter, back)]);
        }
        for (const [at, step] of steps.toSorted(([one], [other]) => one - other)) {
          step();
          expect(bucket.level(at).owed).toBeLessThanOrEqual(kept.level(at).owed + 1e-6);
          expect(bucket.level(at).owed).toBeGreaterThanOrEqual(without.level(at).owed - 1e-6);
        }
      }),
    );
  });
});

test("a clock that goes back gains nothing, and locks nobody out for longer", () => {
  const bucket = TokenBucket.ofRequests(60);
  bucket.take(1, 100_000);
  expect(bucket.wait(1, 50_000)).toBe(1_100);
  expect(bucket.wait(1, 101_100)).toBe(0);
});
