/** What a mix of tasks costs by one way of choosing models, and how many of its checks pass. */
import type { QualityTier } from "@orrery/protocol";
import { shipped } from "../../../apps/worker/src/models/catalog/shipped.ts";
import { costMicros } from "../../../apps/worker/src/models/cost.ts";
import { createRouter } from "../../../apps/worker/src/models/routing/router.ts";
import { ModelStatistics } from "../../../apps/worker/src/models/routing/statistics.ts";
import {
  directoryOf,
  providerOf,
  questionOf,
} from "../../../apps/worker/src/models/routing/testing/catalogs.ts";
import { passes, type Skills } from "./simulated-quality.ts";
import type { Task } from "./task-mix.ts";

/** Preferences to try in turn, until a task's check passes. */
export type Strategy = readonly ("cheap" | "balanced" | "best")[];

/** Escalates to a better model where the check fails. */
export const cheapFirst: Strategy = ["cheap", "balanced", "best"];
export const alwaysBest: Strategy = ["best"];

export interface Spend {
  micros: number;
  passed: number;
  /** Of these, by the first model that was asked. */
  passedAtOnce: number;
  /** How often each model was asked. */
  asked: ReadonlyMap<string, number>;
}

const keys = ["openai", "anthropic", "google"];

/** With a key of each of the three providers, and the catalog and its prices as they are shipped. */
export function spendOf(tasks: readonly Task[], strategy: Strategy, skills?: Skills): Spend {
  const entries = shipped.filter(({ provider }) => keys.includes(provider));
  const router = createRouter(
    directoryOf(
      entries,
      keys.map((name) => providerOf(name)),
    ),
    new ModelStatistics(),
  );
  const asked = new Map<string, number>();
  let micros = 0;
  let passed = 0;
  let passedAtOnce = 0;
  for (const task of tasks) {
    const failed: string[] = [];
    for (const preference of strategy) {
      const name = preference === "balanced" ? "auto" : `auto:${preference}`;
      const { tools, inputTokens, outputTokens, kind } = task;
      const { found } = router.decide(
        questionOf(`${name}:${kind}`, {
          needs: { tools, vision: false, json: false, inputTokens, maxTokens: outputTokens },
          chance: 1,
        }),
      );
      // Asked again, the same model would fail again.
      if (failed.includes(found.id)) continue;
      asked.set(found.id, (asked.get(found.id) ?? 0) + 1);
      micros += costMicros({ inputTokens, outputTokens }, found.entry.price);
      if (passes(task, found.entry.quality ?? (1 satisfies QualityTier), skills)) {
        passed += 1;
        if (failed.length === 0) passedAtOnce += 1;
        break;
      }
      failed.push(found.id);
    }
  }
  return { micros, passed, passedAtOnce, asked };
}
