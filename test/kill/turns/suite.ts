/**
 * Executions with slow streams and tools that write to the outside, `kill -9` of the whole platform at a random
 * moment, a new start, and a look at what became of them.
 */
import { rmSync } from "node:fs";
import { createClient } from "@orrery/client";
import { requirement } from "../../e2e/requirements.ts";
import { startLedger } from "../../platform/ledger.ts";
import { freePort, startPlatform, stateFolder } from "../../platform/platform.ts";
import type { Platform } from "../../platform/platform.ts";
import { startUpstream } from "../../platform/upstream.ts";
import type { Suite } from "../suite.ts";
import { runTrial } from "./trial.ts";
import type { Workload } from "./trial.ts";

const promises = [
  requirement("kill-final-state"),
  requirement("kill-whole-answer"),
  requirement("kill-once"),
  requirement("kill-one-stream"),
  requirement("kill-index"),
  requirement("kill-usage"),
];

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

export const turns: Suite = async ({ trials, random }) => {
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

  for (const promise of promises) console.log(`  ${promise}`);
  const report = { passed: 0, failed: 0 };
  let accepted = 0;
  let platform = await startPlatform(options);
  try {
    const workloads = await workloadsOf(platform);
    for (let trial = 1; trial <= trials; trial += 1) {
      const { report: found, platform: next } = await runTrial(platform, options, workloads, ledger, random);
      platform = next;
      accepted += found.accepted;
      console.log(`Trial ${trial}: ${found.accepted} executions, killed after ${found.killedAfter} ms`);
      if (found.failures.length === 0) report.passed += 1;
      else {
        report.failed += 1;
        for (const failure of found.failures) console.log(`  ${failure}`);
      }
    }
  } finally {
    await platform.stop();
    upstream.stop();
    await ledger.close();
    rmSync(state, { recursive: true, force: true });
  }
  const entries = [...ledger.counts.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${accepted} executions accepted, ${entries} ledger entries`);
  return report;
};
