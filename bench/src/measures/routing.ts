/** Choosing a model: what it takes, and what it saves. Both need no server. */
import { createRouter } from "../../../apps/worker/src/models/routing/router.ts";
import { ModelStatistics } from "../../../apps/worker/src/models/routing/statistics.ts";
import {
  directoryOf,
  manyEntries,
  questionOf,
} from "../../../apps/worker/src/models/routing/testing/catalogs.ts";
import { harsherSkills } from "../routing/simulated-quality.ts";
import { alwaysBest, cheapFirst, spendOf } from "../routing/spend.ts";
import { taskMix } from "../routing/task-mix.ts";
import { median } from "../statistics.ts";
import type { Measure } from "./contract.ts";

const names = ["auto", "auto:cheap", "auto:fast:code", "auto:best", "auto:extract"];
const start = Date.UTC(2026, 10, 20);

/** Decisions as calls bring them: of many sizes, each followed by what its call told of the model. */
class Traffic {
  readonly #statistics = new ModelStatistics();
  readonly #router;
  #calls = 0;

  constructor(entries: number) {
    this.#router = createRouter(directoryOf(manyEntries(entries)), this.#statistics);
  }

  /** Microseconds a decision. */
  time(decisions: number): number {
    let spent = 0;
    for (let n = 0; n < decisions; n++) {
      this.#calls += 1;
      const now = start + this.#calls * 2;
      const inputTokens = 500 + ((this.#calls * 37) % 20_000);
      const needs = { tools: false, vision: false, json: false, inputTokens, maxTokens: 1024 };
      const question = questionOf(names[this.#calls % names.length] ?? "auto", { now, needs });
      const startedAt = performance.now();
      const { found } = this.#router.decide(question);
      spent += performance.now() - startedAt;
      this.#statistics.record({
        model: found.id,
        location: "local",
        at: now,
        outcome: "completed",
        firstTokenMs: 200 + (this.#calls % 90),
        latencyMs: 900 + (this.#calls % 700),
      });
    }
    return (spent * 1000) / decisions;
  }
}

/** Deciding among ten models and among a thousand, in alternating rounds. */
export const routing: Measure = {
  name: "routing",
  needsServers: false,
  run(bench) {
    const few = new Traffic(10);
    const many = new Traffic(1000);
    const times = { few: [] as number[], many: [] as number[] };
    for (let round = 0; round < (bench.quick ? 12 : 40); round++) {
      const found = { few: few.time(4000), many: many.time(4000) };
      // The first rounds warm up.
      if (round < 4) continue;
      times.few.push(found.few);
      times.many.push(found.many);
    }
    const [ten, thousand] = [median(times.few), median(times.many)];
    return Promise.resolve([
      { metric: "route-10", server: "orrery", value: ten },
      { metric: "route-1000", server: "orrery", value: thousand },
      { metric: "route-growth", server: "orrery", value: thousand / ten },
    ]);
  },
};

/** The recorded mix of tasks by `auto:cheap`, escalating where a check fails, beside `auto:best` for all. */
export const cheapRoute: Measure = {
  name: "cheap-route",
  needsServers: false,
  run(bench) {
    const tasks = taskMix();
    const best = spendOf(tasks, alwaysBest);
    const cheap = spendOf(tasks, cheapFirst);
    const harsher = spendOf(tasks, cheapFirst, harsherSkills);
    for (const [name, { micros, passed, passedAtOnce, asked }] of Object.entries({ best, cheap, harsher })) {
      const models = Array.from(asked, ([model, calls]) => `${model} ×${calls}`).join(", ");
      bench.say(`${name}: ${micros} micro-dollars, ${passed} passed, ${passedAtOnce} at once; ${models}`);
    }
    return Promise.resolve([
      { metric: "cheap-spend", server: "orrery", value: cheap.micros / best.micros },
      { metric: "cheap-missed", server: "orrery", value: best.passed - cheap.passed },
      {
        metric: "cheap-spend-harsher",
        server: "orrery",
        value: harsher.micros / spendOf(tasks, alwaysBest, harsherSkills).micros,
      },
    ]);
  },
};
