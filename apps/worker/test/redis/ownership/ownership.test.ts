/** That an agent has one owner at a time, on a real Redis and the scripts that are used. */
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startRedis } from "../../../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";
import type { Client } from "./observed-redis.ts";
import { World, holdToOneOwner, step } from "./world.ts";

let redis: RedisServer;
let client: Client;
// What goes wrong here is meant to, and would be said thousands of times.
beforeAll(async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  redis = await startRedis();
  client = redis.client();
});
afterAll(() => redis.stop());

/** Holds every task to one result, or to its being handed over, and every result to one owner. */
async function holdToNoLoss(world: World): Promise<void> {
  holdToOneOwner(world.log);
  const results = await world.results();
  expect(new Set(results).size).toBe(results.length);
  const handedOver = await world.handedOver();
  for (const { agent } of world.nodes) {
    for (const [taskId, { status }] of agent.tasks) {
      expect([taskId, status === "published" || status === "handed-back"]).toEqual([taskId, true]);
      if (status === "published") expect(results).toContain(taskId);
      else expect(handedOver).toContain(taskId);
    }
  }
}

describe("an agent that two bridges and an existing agent would answer for", () => {
  test(
    "has one owner at every moment, and loses no task, whatever happens",
    { timeout: 120_000 },
    async () => {
      let trials = 0;
      const seen = { migrations: 0, published: 0, legacy: 0 };
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 8, maxLength: 24 }),
          async (script) => {
            const world = new World(`agent-${++trials}`, client);
            for (const steps of script) await world.play(steps);
            await world.settle();
            await holdToNoLoss(world);
            seen.migrations += world.migrations;
            seen.published += world.log.length;
            seen.legacy += world.log.filter(({ by }) => by === "legacy").length;
          },
        ),
        { numRuns: 300, seed: 20_261_121 },
      );
      expect(seen.migrations).toBeGreaterThan(1_000);
      expect(seen.published).toBeGreaterThan(300);

      expect(seen.legacy).toBeGreaterThan(20);
    },
  );

  test("is removed at any moment, and then the existing system has it, and all that was unfinished", async () => {
    let trials = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 12 }),
        async (script) => {
          const world = new World(`removed-${++trials}`, client);
          for (const steps of script) await world.play(steps);
          await world.leave();
          await holdToNoLoss(world);
          expect([undefined, "legacy"]).toContain(await world.owner());
        },
      ),
      { numRuns: 100, seed: 20_261_130 },
    );
  });

  test("goes back although one of its tasks is too large for any message", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const world = new World("too-large", client);
    const [node] = world.nodes;
    await node.ownership.migrate(world.agent, { mode: "orrery", force: true });
    await node.arrive(["small"]);
    await node.arrive(["large"], { text: "x".repeat(1_100_000) });
    await node.ownership.migrate(world.agent, { mode: "legacy", force: false });
    await world.settle();
    expect(await world.handedOver()).toEqual(new Set(["small"]));
    expect([node.member.mode, await world.owner()]).toEqual(["legacy", "legacy"]);
  });

  test.each([
    { to: { mode: "orrery" }, refused: true },
    { to: { mode: "legacy", legacyChannels: "private" }, refused: false },
  ] as const)(
    "hands over what a full outbox kept back, whatever it is to be next: $to",
    async ({ to, refused }) => {
      const world = new World(`full-${to.mode}`, client);
      const [node] = world.nodes;
      await node.ownership.migrate(world.agent, { mode: "orrery", force: true });
      await node.arrive(["one", "two", "three"]);
      const filler = Array.from({ length: 9_999 }, (_, index) => ({
        key: `filler-${index}`,
        role: "coordination" as const,
        value: {},
      }));
      node.outbox.add(filler);
      await node.ownership.migrate(world.agent, { mode: "legacy", force: false });
      const again = node.ownership.migrate(world.agent, { ...to, force: true }).then(
        () => null,
        (error: unknown) => error,
      );
      expect(await again).toEqual(refused ? expect.objectContaining({ code: "rate_limited" }) : null);
      while (node.outbox.size > 0) await node.pump();
      await world.settle();
      expect(await world.handedOver()).toEqual(new Set(["one", "two", "three"]));
      await node.ownership.migrate(world.agent, { ...to, force: true });
      await world.settle();
      await holdToNoLoss(world);
    },
  );
});
