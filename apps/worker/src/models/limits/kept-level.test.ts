import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Allowance } from "./allowance.ts";
import { type Kept, KeptLevel } from "./kept-level.ts";

const limits = { requestsPerMinute: 3_000, tokensPerMinute: 600_000 };

function disk() {
  let kept: Kept | undefined;
  let writes = 0;
  return {
    get: () => kept,
    put: (next: Kept) => {
      kept = next;
      writes += 1;
    },
    writes: () => writes,
  };
}

test("a restart at any time never owes less than before, and one second's worth more at most", () => {
  const steps = fc.array(
    fc.record({ pause: fc.integer({ min: 0, max: 2_000 }), tokens: fc.integer({ min: 0, max: 200_000 }) }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, (steps) => {
      const storage = disk();
      const kept = new KeptLevel(storage);
      const allowance = new Allowance(limits, kept.level);
      let now = 0;
      for (const { pause, tokens } of steps) {
        now += pause;
        allowance.take(tokens, now);
        kept.keep(allowance, now);
        const again = new Allowance(limits, new KeptLevel(storage).level).level(now);
        const before = allowance.level(now);
        expect(again.requests!.owed).toBeGreaterThanOrEqual(before.requests!.owed - 1e-6);
        expect(again.tokens!.owed).toBeGreaterThanOrEqual(before.tokens!.owed - 1e-6);
        expect(again.requests!.owed).toBeLessThanOrEqual(
          before.requests!.owed + limits.requestsPerMinute / 66 + 1e-6,
        );
        expect(again.tokens!.owed).toBeLessThanOrEqual(
          before.tokens!.owed + limits.tokensPerMinute / 66 + 1e-6,
        );
      }
    }),
  );
});

test("a steady stream is written about once a second", () => {
  const storage = disk();
  const kept = new KeptLevel(storage);
  const allowance = new Allowance({ requestsPerMinute: 3_000 });
  for (let now = 0; now < 10_000; now += 22) {
    allowance.take(0, now);
    kept.keep(allowance, now);
  }
  expect(storage.writes()).toBeLessThanOrEqual(11);
});

test("it says until when it is worth keeping", () => {
  const kept = new KeptLevel(disk());
  const allowance = new Allowance({ tokensPerMinute: 66_000 });
  allowance.take(3_000, 0);
  kept.keep(allowance, 0);
  expect(kept.until).toBe(4_000);
  kept.forget();
  expect([kept.until, kept.level]).toEqual([0, {}]);
});
