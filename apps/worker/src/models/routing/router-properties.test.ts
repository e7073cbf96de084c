/** What holds for any catalog, any question and anything that was measured. */
import fc from "fast-check";
import type { DataRegion, QualityTier } from "@orrery/protocol";
import { expect, it } from "vitest";
import { idOf, type CatalogEntry } from "../catalog/entry.ts";
import { ModelError } from "../contract.ts";
import { worstCaseMicros } from "../cost.ts";
import type { RouteQuestion, Sample } from "./contract.ts";
import { createRouter } from "./router.ts";
import { ModelStatistics } from "./statistics.ts";
import { directoryOf, entryOf, providerOf, questionOf } from "./testing/catalogs.ts";

const start = Date.UTC(2026, 10, 20);
const providers = ["a", "b", "gone", "offline"];
const regions: DataRegion[] = ["us", "eu", "global", "local"];
const ids = providers.flatMap((provider) => [1, 2, 3, 4].map((n) => `${provider}/m${n}`));

/** Mostly able, and seldom asked much: else hardly any question could be answered. */
const able = fc.constantFrom(true, true, true, false);
const asks = fc.constantFrom(false, false, false, true);

const price = fc.record({
  inputMicros: fc.integer({ min: 0, max: 20_000_000 }),
  outputMicros: fc.integer({ min: 0, max: 60_000_000 }),
});

const entry = (id: string): fc.Arbitrary<CatalogEntry> =>
  fc
    .record({
      kind: fc.constantFrom("text" as const, "text" as const, "embedding" as const),
      price: fc.option(price, { freq: 5 }),
      contextTokens: fc.option(fc.integer({ min: 100, max: 200_000 })),
      maxOutputTokens: fc.option(fc.integer({ min: 10, max: 50_000 })),
      tools: able,
      vision: able,
      json: able,
      quality: fc.option(fc.constantFrom<QualityTier>(1, 2, 3, 4)),
      regions: fc.subarray(regions, { minLength: 1 }),
    })
    .map((more) => entryOf(id, more));

const catalog = fc.subarray(ids, { minLength: 1 }).chain((some) => fc.tuple(...some.map(entry)));

const patterns = fc.option(
  fc.subarray(["a/*", "b/*", "a/m1", "b/m2", "offline/*", "gone/*", "*"], { minLength: 1 }),
  { nil: undefined, freq: 2 },
);
const allowedRegions = fc.option(fc.subarray(regions, { minLength: 1 }), { nil: undefined, freq: 2 });
const policy = fc
  .record({ allowedModels: patterns, regions: allowedRegions })
  .map(({ allowedModels, regions: places }) => ({
    ...(allowedModels && { allowedModels }),
    ...(places && { regions: places }),
  }));

const question: fc.Arbitrary<RouteQuestion> = fc
  .record({
    requested: fc.oneof(
      fc.constantFrom("auto", "auto:fast", "auto:cheap", "auto:best", "auto:code", "auto:best:vision"),
      fc.constantFrom(...ids),
    ),
    needs: fc.record({
      tools: asks,
      vision: asks,
      json: asks,
      inputTokens: fc.integer({ min: 0, max: 40_000 }),
      maxTokens: fc.integer({ min: 1, max: 20_000 }),
    }),
    agent: policy,
    fallbacks: fc.subarray(["b/m1", "a/m2", "auto", "auto:cheap"]),
    workspacePolicy: policy,
    budgetMicros: fc.option(fc.integer({ min: 0, max: 2_000_000 }), { freq: 2 }),
    location: fc.constantFrom("FRA", "NRT"),
    failed: fc.subarray(ids),
    age: fc.integer({ min: 0, max: 600_000 }),
    chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
  })
  .map(({ requested, agent, fallbacks, age, failed, ...rest }) =>
    questionOf(requested, {
      ...rest,
      agentPolicy: { ...agent, fallbacks },
      failed: failed.length > 8 ? [] : failed,
      now: start + age,
    }),
  );

const samples: fc.Arbitrary<Sample[]> = fc.array(
  fc.record({
    model: fc.constantFrom(...ids),
    location: fc.constantFrom("FRA", "NRT"),
    at: fc.integer({ min: 0, max: 300_000 }).map((age) => start + age),
    outcome: fc.constantFrom("completed" as const, "failed" as const, "cancelled" as const),
    latencyMs: fc.integer({ min: 1, max: 60_000 }),
  }),
  { maxLength: 80 },
);

const directoryFor = (entries: readonly CatalogEntry[]) =>
  directoryOf(
    entries,
    providers.map((name) =>
      providerOf(name, {
        extractive: name === "offline",
        ...(name === "gone" && { unavailable: "set GONE_KEY" }),
      }),
    ),
  );

function measured(heard: readonly Sample[]): ModelStatistics {
  const statistics = new ModelStatistics();
  for (const sample of [...heard].sort((one, other) => one.at - other.at)) statistics.record(sample);
  return statistics;
}

/** The decision, or the words of the refusal. */
function outcome(router: ReturnType<typeof createRouter>, asked: RouteQuestion): unknown {
  try {
    return router.decide(asked).decision;
  } catch (error) {
    if (error instanceof ModelError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const matches = (pattern: string, id: string): boolean =>
  pattern === "*" || pattern === id || (pattern.endsWith("/*") && id.startsWith(pattern.slice(0, -1)));

/** Why a model may not be chosen for this, in words of this file's own; none where it may. */
function broken(chosen: CatalogEntry, asked: RouteQuestion, statistics: ModelStatistics): string[] {
  const { needs, agentPolicy, workspacePolicy, budgetMicros } = asked;
  const id = idOf(chosen);
  const written = Math.min(needs.maxTokens, chosen.maxOutputTokens ?? Infinity);
  const cost = worstCaseMicros(chosen.price, { inputTokens: needs.inputTokens, maxTokens: written });
  const lists = [agentPolicy.allowedModels, workspacePolicy.allowedModels];
  const places = [agentPolicy.regions, workspacePolicy.regions];
  const rules: [string, boolean][] = [
    ["unavailable", chosen.provider !== "gone"],
    ["kind", chosen.kind === asked.kind],
    ["not allowed", lists.every((list) => list === undefined || list.some((each) => matches(each, id)))],
    [
      "region",
      places.every(
        (list) =>
          list === undefined ||
          list.includes("global") ||
          chosen.regions.every((each) => list.includes(each)),
      ),
    ],
    // What nobody described is believed by whoever names it.
    ["tools", !needs.tools || chosen.tools || chosen.guessed],
    ["vision", !needs.vision || chosen.vision || chosen.guessed],
    ["seeing", asked.requested !== "auto:best:vision" || chosen.vision],
    ["json", !needs.json || chosen.json || chosen.guessed],
    ["context", chosen.contextTokens === null || needs.inputTokens + written <= chosen.contextTokens],
    ["budget", budgetMicros === null || (cost !== null && cost <= budgetMicros)],
    ["breaker", statistics.permits(id, asked.now)],
    ["failed", !asked.failed.includes(id)],
  ];
  return rules.flatMap(([rule, holds]) => (holds ? [] : [rule]));
}

it("the router never picks a model that breaks a hard constraint", () => {
  let chosen = 0;
  fc.assert(
    fc.property(catalog, question, samples, (entries, asked, heard) => {
      const statistics = measured(heard);
      const directory = directoryFor(entries);
      const router = createRouter(directory, statistics);
      try {
        const { found, decision } = router.decide(asked);
        chosen += 1;
        // A fallback's routing name has its own task: what it must see, it says itself.
        const own = decision.why === "fallback" ? { ...asked, requested: "auto" } : asked;
        expect(broken(found.entry, own, statistics)).toEqual([]);
        expect(decision.chosen).toBe(found.id);
        expect(decision.candidates.length).toBeLessThanOrEqual(16);
        const shown = decision.candidates.find(({ model }) => model === found.id);
        expect(shown).toBeDefined();
        expect(shown).not.toHaveProperty("excluded");
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        // It refuses only where no candidate would have done.
        if (asked.requested.startsWith("auto")) {
          const fitting = entries.filter((each) => broken(each, asked, statistics).length === 0);
          expect(fitting.filter(({ provider }) => provider !== "offline")).toEqual([]);
        } else {
          const named = entries.find((each) => idOf(each) === asked.requested);
          if (named) expect(broken(named, asked, statistics)).not.toEqual([]);
        }
      }
    }),
    { numRuns: 2000 },
  );
  expect(chosen).toBeGreaterThan(250);
});

it("counts every candidate once: as fallen out, or as one that would do", () => {
  fc.assert(
    fc.property(catalog, question, samples, (entries, asked, heard) => {
      const statistics = measured(heard);
      const result = outcome(createRouter(directoryFor(entries), statistics), {
        ...asked,
        requested: "auto:fast",
      });
      if (typeof result === "string") return;
      const excluded = (result as { excluded: Record<string, number> }).excluded;
      const counted = Object.values(excluded).reduce((sum, count) => sum + count, 0);
      const fitting = entries.filter(
        (each) => broken(each, { ...asked, requested: "auto" }, statistics).length === 0,
      );
      // Those that only quote stand back, uncounted, while anyone else might do.
      const quoting = entries.filter(({ provider }) => provider === "offline").length;
      expect(counted + fitting.length).toBeLessThanOrEqual(entries.length);
      expect(counted + fitting.length).toBeGreaterThanOrEqual(entries.length - quoting);
    }),
    { numRuns: 500 },
  );
});

it("the same question and the same statistics give the same choice, whatever was asked before", () => {
  fc.assert(
    fc.property(
      catalog,
      fc.array(fc.tuple(question, samples), { minLength: 1, maxLength: 5 }),
      (entries, history) => {
        const directory = directoryFor(entries);
        const statistics = new ModelStatistics();
        const used = createRouter(directory, statistics);
        for (const [asked, heard] of history) {
          for (const sample of heard) statistics.record(sample);
          const first = outcome(used, asked);
          expect(outcome(used, asked)).toEqual(first);
          expect(outcome(createRouter(directory, statistics), asked)).toEqual(first);
          expect(outcome(createRouter(directoryFor(entries), statistics), asked)).toEqual(first);
        }
      },
    ),
    { numRuns: 500 },
  );
});
