/**
 * The kill test: work under way, faults at random moments, and a look at what became of it.
 *
 *   npm run test:kill                     executions: `kill -9` of the platform, 25 trials
 *   npm run test:kill -- --suite fuse     tasks through Redis: faults of the platform, of Redis and between them
 *   npm run test:kill -- --trials 300     as many as wanted
 *   npm run test:kill -- --seed 7         the same loads, moments and faults again
 *
 * Its last line is `N passed, N failed`.
 */
import { parseArgs } from "node:util";
import { fuse } from "../test/kill/fuse/suite.ts";
import { randomOf } from "../test/kill/random.ts";
import type { Suite } from "../test/kill/suite.ts";
import { turns } from "../test/kill/turns/suite.ts";
import { endOnSignals } from "./running/process.ts";

const suites: Record<string, Suite> = { turns, fuse };
endOnSignals();

const { values: flags } = parseArgs({
  options: {
    suite: { type: "string", default: "turns" },
    trials: { type: "string", default: "25" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
  },
});
const trials = Number(flags.trials);
if (!Number.isInteger(trials) || trials < 1) throw new Error("--trials takes a whole number of at least 1");
const suite = suites[flags.suite];
if (!suite) throw new Error(`--suite takes one of ${Object.keys(suites).join(", ")}`);

console.log(`Kill test of ${flags.suite}: ${trials} trials, seed ${flags.seed}. After each:`);
const { passed, failed } = await suite({ trials, random: randomOf(Number(flags.seed)) });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed === trials ? 0 : 1;
