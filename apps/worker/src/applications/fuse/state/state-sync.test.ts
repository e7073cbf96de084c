/** Both sides of an agent's state, against a Redis in memory; `test/redis/state` does the same with a real one. */
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RedisDouble } from "../../../../test/redis/state/redis-double.ts";
import { StateWorld, damage, event } from "../../../../test/redis/state/state-world.ts";

// Kills are meant, and would be said thousands of times.
beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());
afterEach(() => vi.restoreAllMocks());

const slow = { timeout: 60_000 };
const policy = fc.constantFrom("object-wins" as const, "redis-wins" as const, "merge" as const);

test(
  "both sides come to the same, whatever is written on either, cut off or killed between",
  slow,
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 12, arbitrary: event }, { weight: 1, arbitrary: damage }), {
          maxLength: 40,
          size: "max",
        }),
        fc.record({ status: policy, capabilities: policy, metrics: policy }),
        async (happened, conflicts) => {
          const world = new StateWorld("planner", new RedisDouble(), conflicts);
          for (const one of happened) await world.play(one);
          await world.settle();
        },
      ),
      { numRuns: 400, seed: 20_261_121 },
    );
  },
);

test("where changes are merged, nothing that either side added is lost", slow, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40, size: "max" }), async (happened) => {
      const world = new StateWorld("planner", new RedisDouble(), { "*": "merge" });
      for (const one of happened) await world.play(one);
      await world.settle();
      expect(new Set(world.agent.state.capabilities)).toEqual(world.added);
    }),
    { numRuns: 400, seed: 20_261_121 },
  );
});
