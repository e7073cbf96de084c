import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { assumedSkills, passChance, passes } from "./simulated-quality.ts";
import { alwaysBest, cheapFirst, spendOf } from "./spend.ts";
import { taskMix } from "./task-mix.ts";

const tasks = taskMix();

describe("the mix", () => {
  test("is the recorded one", () => {
    const fingerprint = createHash("sha256").update(JSON.stringify(tasks)).digest("hex");
    expect(fingerprint).toBe("e8fe330e441e7b627d78e348d128d42b82ced9d3c809d309e403f744041584c5");
  });

  test("is another by another seed", () => {
    expect(taskMix("another", 10)).not.toEqual(tasks.slice(0, 10));
  });

  test("has every kind of task, near its share", () => {
    const count = (kind: string): number => tasks.filter((task) => task.kind === kind).length;
    const found = ["chat", "extract", "code", "classify", "sql"].map(count);
    for (const [n, share] of [300, 250, 200, 150, 100].entries()) {
      expect(Math.abs((found[n] ?? 0) - share)).toBeLessThan(40);
    }
  });
});

describe("simulated quality", () => {
  test("is a chance that falls with difficulty, and is even where skill just suffices", () => {
    expect(passChance(0.5, 0.5)).toBe(0.5);
    expect(passChance(0.5, 0.59)).toBeCloseTo(0.25);
    expect(passChance(0.9, 0.1)).toBeGreaterThan(0.99);
  });

  test("lets a better model do all that a weaker one does", () => {
    for (const task of tasks) {
      const done = ([1, 2, 3, 4] as const).map((tier) => passes(task, tier));
      expect(done).toEqual([...done].sort((one, other) => Number(one) - Number(other)));
    }
  });

  test("spreads the tiers between half of the tasks and nearly all", () => {
    const rate = (tier: 1 | 2 | 3 | 4): number =>
      tasks.filter((task) => passes(task, tier, assumedSkills)).length / tasks.length;
    expect([rate(1), rate(2), rate(3), rate(4)]).toEqual([0.576, 0.795, 0.937, 0.975]);
  });
});

test("auto:cheap passes as many checks as always-best, for at most half the money", () => {
  const cheap = spendOf(tasks, cheapFirst);
  const best = spendOf(tasks, alwaysBest);
  expect(cheap.passed).toBeGreaterThanOrEqual(best.passed);
  expect(cheap.micros).toBeLessThanOrEqual(best.micros / 2);
});
