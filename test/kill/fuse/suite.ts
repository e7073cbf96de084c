/**
 * Tasks through Redis to agents of ours, while the platform or Redis is killed or paused and connections are cut. A
 * trial takes over the platform and the Redis of the one before: what it left behind is part of what is tried.
 */
import { rmSync } from "node:fs";
import { requirement } from "../../e2e/requirements.ts";
import { startRedis } from "../../fuse/redis.ts";
import { freePort, startPlatform, stateFolder } from "../../platform/platform.ts";
import { startUpstream } from "../../platform/upstream.ts";
import type { Suite } from "../suite.ts";
import { describeFault, planOf } from "./plan.ts";
import { runTrial } from "./trial.ts";
import { agentsASide, makeSide } from "./world.ts";
import type { World } from "./world.ts";

const promises = [requirement("faults-streams-once"), requirement("faults-pubsub-accepted")];

export const fuse: Suite = async ({ trials, random }) => {
  for (const promise of promises) console.log(`  ${promise}`);
  const upstream = await startUpstream();
  const redis = await startRedis({ appendOnly: true });
  const state = stateFolder();
  const again = {
    state,
    port: await freePort(),
    env: { MODEL_SERVERS: JSON.stringify({ mock: { baseUrl: upstream.baseUrl } }) },
  };
  const report = { passed: 0, failed: 0 };
  const sent: string[] = [];
  let accepted = 0;
  let world: World | undefined;
  const platform = await startPlatform(again);
  try {
    world = {
      platform,
      again,
      redis,
      streams: await makeSide(platform, redis, "streams"),
      pubsub: await makeSide(platform, redis, "pubsub"),
    };
    for (let trial = 1; trial <= trials; trial += 1) {
      const plan = planOf(trial, agentsASide, random);
      const found = await runTrial(world, plan);
      sent.push(...plan.streams.map(({ id }) => id));
      accepted += found.accepted;
      const faults = plan.faults.map(({ atMs, fault }) => `${describeFault(fault)} after ${atMs} ms`);
      console.log(`Trial ${trial}: ${faults.join(", ")}; ${Math.round(found.tookMs)} ms`);
      for (const failure of found.failures) console.log(`  ${failure}`);
      if (found.failures.length === 0) report.passed += 1;
      else report.failed += 1;
    }
    // A result that comes again, however late, is one too many.
    const { dispatcher } = world.streams;
    const repeated = sent.filter((id) => dispatcher.resultsOf(id).length > 1);
    for (const id of repeated) console.log(`${id} has more than one result in the end`);
    if (repeated.length > 0) report.failed += 1;
  } finally {
    world?.streams.dispatcher.close();
    world?.pubsub.dispatcher.close();
    await (world?.platform ?? platform).stop();
    await redis.stop();
    upstream.stop();
    rmSync(state, { recursive: true, force: true });
  }
  console.log(`${sent.length} tasks in streams, ${accepted} accepted without`);
  return report;
};
