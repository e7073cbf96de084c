/**
 * The kill test: executions with slow streams and tools that write to the outside, `kill -9` of the whole
 * platform at a random moment, a new start, and a look at what became of them.
 *
 *   npm run test:kill                     25 trials
 *   npm run test:kill -- --trials 300     as many as wanted
 *   npm run test:kill -- --seed 7         the same moments again
 *
 * Its last line is `N passed, N failed`.
 */
import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { createClient } from "@orrery/client";
import { requirement } from "../test/e2e/requirements.ts";
import { runTrial } from "../test/kill/trial.ts";
import type { Workload } from "../test/kill/trial.ts";
import { startLedger } from "../test/platform/ledger.ts";
import { freePort, startPlatform, stateFolder } from "../test/platform/platform.ts";
import type { Platform } from "../test/platform/platform.ts";
import { startUpstream } from "../test/platform/upstream.ts";

const { values: flags } = parseArgs({
  options: {
    trials: { type: "string", default: "25" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
  },
});
const trials = Number(flags.trials);
if (!Number.isInteger(trials) || trials < 1) throw new Error("--trials takes a whole number of at least 1");

/** Mulberry32: enough for choosing moments, and the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const models = ["mock/slow-80x15", "mock/slow-30x10+100:post_once", "mock/slow-30x10:post_again"] as const;

async function workloadsOf(platform: Platform): Promise<Workload[]> {
  const client = createClient({ baseUrl: platform.url, token: platform.token });
  // Never reached, so that money is held for every call and what is held must find its way back.
  await client.budgets.create({ scope: "workspace", period: "total", limitMicros: 1_000_000_000 });
  const make = async (
    name: string,
    model: string,
    tokens: number,
    tool: string | null,
  ): Promise<Workload> => {
    const agent = await client.agents.create({ name, model, tools: tool === null ? [] : [tool] });
    return { name, agentId: agent.id, tokens, tool: tool !== null, once: tool === "post_once" };
  };
  return [
    await make("text", models[0], 80, null),
    await make("once", models[1], 30, "post_once"),
    await make("repeatable", models[2], 30, "post_again"),
  ];
}

const random = randomOf(Number(flags.seed));
const ledger = await startLedger(() => random() * 400);
const upstream = await startUpstream();
const state = stateFolder();
const schema = { type: "object", properties: { entry: { type: "number" } }, required: ["entry"] };
const tool = (name: string, effect: string, more = {}) => ({
  name,
  description: "Writes to the ledger.",
  inputSchema: schema,
  url: `${ledger.url}/write`,
  effect,
  ...more,
});
const options = {
  state,
  port: await freePort(),
  env: {
    MODEL_SERVERS: JSON.stringify({ mock: { baseUrl: upstream.baseUrl } }),
    MODEL_CATALOG: JSON.stringify(
      Object.fromEntries(
        models.map((model) => [model, { price: { inputMicros: 3_000_000, outputMicros: 7_000_000 } }]),
      ),
    ),
    HTTP_TOOLS: JSON.stringify([
      tool("post_once", "once", { reconcileUrl: `${ledger.url}/outcome` }),
      tool("post_again", "repeatable"),
    ]),
  },
};

console.log(`Kill test: ${trials} trials, seed ${flags.seed}. After each:`);
for (const promise of [
  requirement("kill-final-state"),
  requirement("kill-whole-answer"),
  requirement("kill-once"),
  requirement("kill-one-stream"),
  requirement("kill-index"),
  requirement("kill-usage"),
]) {
  console.log(`  ${promise}`);
}
let passed = 0;
let failed = 0;
let accepted = 0;
let platform = await startPlatform(options);
try {
  const workloads = await workloadsOf(platform);
  for (let trial = 1; trial <= trials; trial += 1) {
    const { report, platform: next } = await runTrial(platform, options, workloads, ledger, random);
    platform = next;
    accepted += report.accepted;
    console.log(`Trial ${trial}: ${report.accepted} executions, killed after ${report.killedAfter} ms`);
    if (report.failures.length === 0) passed += 1;
    else {
      failed += 1;
      for (const failure of report.failures) console.log(`  ${failure}`);
    }
  }
} finally {
  await platform.stop();
  upstream.stop();
  await ledger.close();
  rmSync(state, { recursive: true, force: true });
}
console.log(
  `${accepted} executions accepted, ${[...ledger.counts.values()].reduce((sum, count) => sum + count, 0)} ledger entries`,
);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed === trials ? 0 : 1;
