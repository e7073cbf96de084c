/** Agents of the New Fuse behind a real Redis: how many tasks pass, what passing costs, and what waiting costs. */
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { redisMissing } from "../../../test/platform/redis-server.ts";
import { startDispatcher } from "../../../test/fuse/peers/dispatcher.ts";
import { postJson } from "../drivers/event-reader.ts";
import { flow, queue, roundTrip } from "../fuse/flow.ts";
import { begin, channelsOf, makeFleet, overHttp } from "../fuse/surroundings.ts";
import type { Fleet, Surroundings } from "../fuse/surroundings.ts";
import { end, firstJsonLine, forkNode } from "../process-tree.ts";
import type { Running } from "../servers.ts";
import { median } from "../statistics.ts";
import type { Bench, Measure, Measured, Metric } from "./contract.ts";

const ours = (metric: Metric, value: number): Measured => ({ metric, server: "orrery", value });

/** Tasks under way at all times. */
const width = 256;

/** Tasks a second and, for each, processor time of the platform. */
async function speed(
  running: Running,
  fleet: Fleet,
  tasks: number,
): Promise<{ perSecond: number; cost: number }> {
  const before = running.processorMs();
  const perSecond = tasks / ((await flow(fleet, tasks, width)) / 1_000);
  return { perSecond, cost: (running.processorMs() - before) / tasks };
}

/** Agents whose model is in the platform; the same over HTTP; and a plain worker that asks that model. In alternating rounds. */
async function throughput(
  bench: Bench,
  around: Surroundings,
  builtIn: Fleet,
  http: Fleet,
): Promise<Measured[]> {
  const { redis, running } = around;
  const names = channelsOf("plain");
  const script = fileURLToPath(new URL("../../fuse-worker.ts", import.meta.url));
  const args = [String(redis.port), names.tasks, names.results, bench.upstream, overHttp];
  const worker = forkNode(script, args);
  await firstJsonLine(worker);
  const dispatcher = await startDispatcher(redis, { mode: "streams", channels: names });
  const fleets = { builtIn, http, plain: { ...http, dispatcher } };
  const found = new Map(Object.keys(fleets).map((name) => [name, [] as Awaited<ReturnType<typeof speed>>[]]));
  for (let round = 0; round <= (bench.quick ? 3 : 5); round += 1) {
    for (const [name, fleet] of Object.entries(fleets)) {
      const one = await speed(running, fleet, bench.quick ? 1_000 : 3_000);
      // The first round warms up.
      if (round > 0) found.get(name)?.push(one);
    }
  }
  dispatcher.close();
  await end(worker);
  const of = (name: keyof typeof fleets, what: "perSecond" | "cost"): number =>
    median((found.get(name) ?? []).map((one) => one[what]));
  return [
    ours("fuse-tasks-per-second", of("builtIn", "perSecond")),
    ours("fuse-processor", of("builtIn", "cost")),
    ours("fuse-http-per-second", of("http", "perSecond")),
    ours("fuse-plain-per-second", of("plain", "perSecond")),
  ];
}

/** One task at a time through Redis, beside the same agent asked directly. */
async function latency(bench: Bench, around: Surroundings, fleets: Record<"pubsub" | "streams", Fleet>) {
  const { url, token = "" } = around.running.address;
  const headers = { authorization: `Bearer ${token}` };
  const [first = ""] = fleets.pubsub.agents;
  const { agentId } = await around.api.agent(fleets.pubsub.bridge.id, first);
  const direct = async (input: string): Promise<number> => {
    const startedAt = performance.now();
    await postJson({ url: `${url}/api/v1/agents/${agentId}/executions`, headers, body: { input } });
    return performance.now() - startedAt;
  };
  const found = { direct: [] as number[], pubsub: [] as number[], streams: [] as number[] };
  for (let round = 0; round < (bench.quick ? 100 : 400); round += 1) {
    found.direct.push(await direct(`Task ${round}`));
    found.pubsub.push(await roundTrip(fleets.pubsub));
    found.streams.push(await roundTrip(fleets.streams));
  }
  const base = median(found.direct.slice(20));
  bench.say(`a direct execution: ${base.toFixed(2)} ms`);
  return [
    ours("fuse-added-pubsub", median(found.pubsub.slice(20)) - base),
    ours("fuse-added-streams", median(found.streams.slice(20)) - base),
  ];
}

/** What signing and encrypting add to a message, in processor time: the same tasks with and without. */
async function protection(bench: Bench, around: Surroundings, fleets: Record<string, Fleet>) {
  const costs = new Map(Object.keys(fleets).map((name) => [name, [] as number[]]));
  const tasks = bench.quick ? 400 : 1_000;
  for (let round = 0; round <= (bench.quick ? 3 : 6); round += 1) {
    for (const [name, fleet] of Object.entries(fleets)) {
      const before = around.running.processorMs();
      await flow(fleet, tasks, 64);
      const cost = (around.running.processorMs() - before) / tasks;
      if (round > 0) costs.get(name)?.push(cost);
    }
  }
  const added = (name: string): number => median(costs.get(name) ?? []) - median(costs.get("plain") ?? []);
  // Of each task, its message is checked, and its acknowledgment and its result are signed.
  return [ours("fuse-signing", added("signed") / 3), ours("fuse-encrypting", added("encrypted") / 2)];
}

/** Tasks that have waited: memory when the first thousand are answered, and when all are. */
async function drain(bench: Bench, { api, running }: Surroundings, fleet: Fleet): Promise<Measured[]> {
  const count = bench.quick ? 3_000 : 10_000;
  const early = count / 10;
  await api.request("PATCH", `/bridges/${fleet.bridge.id}`, { enabled: false });
  const ids = await queue(fleet, count);
  await api.request("PATCH", `/bridges/${fleet.bridge.id}`, { enabled: true });
  const startedAt = performance.now();
  const answered = (): number => ids.filter((id) => fleet.dispatcher.resultsOf(id).length > 0).length;
  const samples: { done: number; bytes: number }[] = [];
  for (let done = 0; done < count; done = answered()) {
    if (performance.now() - startedAt > 300_000)
      throw new Error(`${done} of ${count} queued tasks were answered`);
    samples.push({ done, bytes: running.memory() });
    await pause(250);
  }
  samples.push({ done: count, bytes: running.memory() });
  const perSecond = count / ((performance.now() - startedAt) / 1_000);
  const beginning = samples.filter(({ done }) => done >= early && done <= early * 3);
  const end = samples.filter(({ done }) => done >= count - early * 2);
  const megabytes = (of: typeof samples): number => median(of.map(({ bytes }) => bytes)) / 2 ** 20;
  bench.say(
    `drained at ${perSecond.toFixed(0)} tasks a second, ${megabytes(beginning).toFixed(0)} MB to ${megabytes(end).toFixed(0)} MB`,
  );
  return [
    ours("fuse-drain-per-second", perSecond),
    ours("fuse-drain-memory", megabytes(end) / megabytes(beginning)),
  ];
}

/** Processor time of a bridge with nothing to do beyond that of the platform without, in percent of one core. */
async function idle(
  bench: Bench,
  { api, running }: Surroundings,
  bridges: readonly string[],
): Promise<Measured[]> {
  const seconds = bench.quick ? 10 : 30;
  const rest = async (): Promise<number> => {
    await pause(3_000);
    const before = running.processorMs();
    await pause(seconds * 1_000);
    return (running.processorMs() - before) / seconds / 10;
  };
  const [one = "", ...others] = bridges;
  const enable = (id: string, enabled: boolean) => api.request("PATCH", `/bridges/${id}`, { enabled });
  for (const id of others) await enable(id, false);
  const connected = await rest();
  await enable(one, false);
  return [ours("fuse-idle", connected - (await rest()))];
}

export const fuse: Measure = {
  name: "fuse",
  async run(bench) {
    const missing = redisMissing();
    if (missing !== null || !bench.servers.includes("orrery")) {
      bench.say(`not measured: ${missing ?? "the platform is left out"}`);
      return [];
    }
    const around = await begin(bench);
    try {
      const streams = await makeFleet(around, { name: "streams", mode: "streams", agents: 16 });
      const model = `mock/${overHttp}`;
      const http = await makeFleet(around, { name: "http", mode: "streams", agents: 16, model });
      const pubsub = await makeFleet(around, { name: "pubsub", mode: "pubsub", agents: 1 });
      const signed = await makeFleet(around, { name: "signed", mode: "streams", agents: 16, signed: true });
      const sealed = { name: "encrypted", mode: "streams", agents: 16, encrypted: true } as const;
      const encrypted = await makeFleet(around, sealed);
      const fleets = [streams, http, pubsub, signed, encrypted];
      const measured = [
        ...(await throughput(bench, around, streams, http)),
        ...(await latency(bench, around, { pubsub, streams })),
        ...(await protection(bench, around, { plain: streams, signed, encrypted })),
        ...(await drain(bench, around, streams)),
        ...(await idle(
          bench,
          around,
          fleets.map(({ bridge }) => bridge.id),
        )),
      ];
      for (const { dispatcher } of fleets) dispatcher.close();
      return measured;
    } finally {
      await around.stop();
    }
  },
};
