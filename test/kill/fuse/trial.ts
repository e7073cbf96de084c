/** One trial: tasks on their way, faults among them, and what must hold after. */
import { setTimeout as pause } from "node:timers/promises";
import type { FuseTask } from "@orrery/protocol";
import { fuseApi } from "../../fuse/api.ts";
import { messageOf } from "../../fuse/peers/message.ts";
import type { Heard } from "../../fuse/peers/dispatcher.ts";
import { startPlatform } from "../../platform/platform.ts";
import type { Fault, PlannedTask, TrialPlan } from "./plan.ts";
import { answers, capability } from "./world.ts";
import type { Side, World } from "./world.ts";

/** Milliseconds within which all is to be well again after the last fault is over. */
const recoveryMs = 45_000;

export interface TrialReport {
  /** Of those sent without memory, how many were accepted. */
  accepted: number;
  tookMs: number;
  failures: string[];
}

export async function runTrial(world: World, plan: TrialPlan): Promise<TrialReport> {
  const startedAt = performance.now();
  const sending = [...sendAll(world.streams, plan.streams), ...sendAll(world.pubsub, plan.pubsub)];
  await hurt(world, plan.faults);
  await Promise.all(sending);
  const deadline = performance.now() + recoveryMs;
  const failures = await checkStreams(world.streams, plan.streams, deadline);
  const pubsub = await checkPubsub(world, plan.pubsub, deadline);
  failures.push(...pubsub.failures);
  return { accepted: pubsub.accepted, tookMs: performance.now() - startedAt, failures };
}

/** Sends each task at its moment, without waiting for those before. */
function sendAll({ dispatcher, agents }: Side, tasks: readonly PlannedTask[]): Promise<void>[] {
  return tasks.map(async ({ id, agent, form, priority, atMs, twice }) => {
    await pause(atMs);
    const target = agent === null ? undefined : agents[agent];
    const send = async (): Promise<void> => {
      if (form === "bare") {
        await dispatcher.bareTask({ id, type: capability, agentId: target, payload: `Count for ${id}` });
      } else {
        const to = target === undefined ? { capability } : { target };
        await dispatcher.task(`Count for ${id}`, { id, priority, ...to });
      }
    };
    await send();
    if (twice) await send();
  });
}

/** Does what is planned to the platform and to Redis: to each one thing at a time, to both at once. */
async function hurt(world: World, faults: TrialPlan["faults"]): Promise<void> {
  const startedAt = performance.now();
  let platform = Promise.resolve();
  let redis = Promise.resolve();
  for (const { atMs, fault } of faults) {
    const inTurn = async (before: Promise<void>): Promise<void> => {
      await pause(Math.max(0, startedAt + atMs - performance.now()));
      await before;
      await inflict(world, fault);
    };
    if (fault.kind === "kill-platform" || fault.kind === "pause-platform") platform = inTurn(platform);
    else redis = inTurn(redis);
  }
  await Promise.all([platform, redis]);
}

async function inflict(world: World, fault: Fault): Promise<void> {
  const { platform, redis } = world;
  switch (fault.kind) {
    case "kill-platform":
      await platform.kill();
      world.platform = await startPlatform(world.again);
      return;
    case "pause-platform":
      platform.pause();
      await pause(fault.forMs);
      platform.resume();
      return;
    case "kill-redis":
      await redis.kill();
      await pause(fault.downMs);
      await redis.start();
      return;
    case "pause-redis":
      redis.pause();
      await pause(fault.forMs);
      redis.resume();
      return;
    case "cut":
      await redis.cut();
  }
}

async function until(holds: () => boolean, deadline: number): Promise<boolean> {
  while (!holds()) {
    if (performance.now() > deadline) return false;
    await pause(20);
  }
  return true;
}

async function checkStreams(side: Side, tasks: readonly PlannedTask[], deadline: number): Promise<string[]> {
  const resultsOf = (id: string): readonly Heard[] => side.dispatcher.resultsOf(id);
  await until(() => tasks.every(({ id }) => resultsOf(id).length > 0), deadline);
  return tasks.flatMap(({ id }) => {
    const results = resultsOf(id);
    if (results.length !== 1) return [`${id} has ${results.length} results`];
    return results.flatMap((result) => wholeness(id, result));
  });
}

/** Asks what was accepted, and waits until all of it is answered. */
async function checkPubsub(
  { platform, pubsub }: World,
  tasks: readonly PlannedTask[],
  deadline: number,
): Promise<{ accepted: number; failures: string[] }> {
  const api = fuseApi(platform);
  const sent = new Set(tasks.map(({ id }) => id));
  const accepted = async (): Promise<FuseTask[]> => {
    const lists = await Promise.all(pubsub.agents.map((agent) => api.tasks(pubsub.bridgeId, agent)));
    return lists.flat().filter(({ id }) => sent.has(id));
  };
  let found = await accepted();
  while (found.some(({ publishedAt }) => publishedAt === null) && performance.now() < deadline) {
    await pause(100);
    found = await accepted();
  }
  const known = new Set(found.map(({ id }) => id));
  const acknowledged = pubsub.dispatcher
    .ofType("ACKNOWLEDGMENT")
    .map(({ body }) => String(body.content["taskId"]))
    .filter((id) => sent.has(id));
  const failures = acknowledged
    .filter((id) => !known.has(id))
    .map((id) => `${id} was acknowledged and is not known`);
  for (const { id, status, error, publishedAt } of found) {
    if (status !== "completed") failures.push(`${id} was accepted and is ${status}: ${error ?? ""}`);
    else if (publishedAt === null) failures.push(`${id} is done and its result is not in Redis`);
    // Whoever was not connected at that moment has not heard it: that is what the mode promises.
    const heard = pubsub.dispatcher.resultsOf(id);
    if (heard.length > 1) failures.push(`${id} has ${heard.length} results`);
    failures.push(...heard.flatMap((result) => wholeness(id, result)));
  }
  if (known.size < found.length) failures.push(`${found.length - known.size} tasks are with two agents`);
  return { accepted: found.length, failures };
}

/** What is wrong with a result's text: it is to be all the tokens of one answer of the model, in order. */
export function wholeness(id: string, { text, value }: Heard): string[] {
  const said = messageOf(value)?.body.content["result"] ?? value?.["result"];
  const tokens = typeof said === "string" ? said.trim().split(" ") : [];
  const tag = tokens[0]?.split(".")[0] ?? "";
  const whole = tokens.every((token, index) => token === `${tag}.${index}`);
  if (whole && Object.values<number>(answers).includes(tokens.length)) return [];
  return [`${id} has another result: ${text.slice(0, 300)}`];
}
