/** What the gateway of models adds to a call, and what its cache saves. */
import { arrivalsOf } from "../gateway/arrivals.ts";
import type { Running } from "../servers.ts";
import { median, quantile } from "../statistics.ts";
import type { Bench, Measure, Measured } from "./contract.ts";

/** Few: what tokens cost, which are read alike by every way, would leave calls no room on a small machine. */
const tokens = 10;
const perSecond = 500;

/** Ways to ask the same model: see `bench/gateway-worker/`. */
type Way = "straight" | "gateway" | "settled" | "remembered" | "stored";

interface Asking {
  model: string;
  arrivals: readonly number[];
  /** Calls that each request makes, one after the other. */
  times?: number;
}

/** Milliseconds of each request. */
async function ask(
  bench: Bench,
  running: Running,
  way: Way,
  { model, arrivals, times = 1 }: Asking,
): Promise<number[]> {
  const { turns } = await bench.run({
    do: "arrive",
    url: `${running.address.url}/${way}`,
    body: { model, times, input: "What would you tell a newcomer about clockwork?" },
    expected: String(tokens * times),
    arrivals,
  });
  return turns.map(({ totalMs }) => totalMs);
}

interface Round {
  p50: number;
  p95: number;
  /** Milliseconds a call. */
  processor: number;
}

async function timed(
  bench: Bench,
  running: Running,
  way: Way,
  arrivals: readonly number[],
): Promise<Round & { times: number[] }> {
  const before = running.processorMs();
  const times = await ask(bench, running, way, { model: `mock-${tokens}x0`, arrivals });
  const processor = (running.processorMs() - before) / times.length;
  return { times, p50: quantile(times, 0.5), p95: quantile(times, 0.95), processor };
}

/**
 * The same calls at the same moments for a second each: straight, through the gateway, and straight again. Where
 * straight calls had to queue, a round tells of the machine and not of the gateway: the calmest third counts.
 */
async function overhead(bench: Bench, running: Running): Promise<Measured[]> {
  const all: { straight: Round; gateway: Round }[] = [];
  for (let round = 0; round <= (bench.quick ? 15 : 45); round++) {
    const arrivals = arrivalsOf(perSecond, 1, round);
    const before = await timed(bench, running, "straight", arrivals);
    const gateway = await timed(bench, running, "gateway", arrivals);
    const after = await timed(bench, running, "straight", arrivals);
    // The first round warms up.
    if (round === 0) continue;
    const times = [...before.times, ...after.times];
    const processor = (before.processor + after.processor) / 2;
    all.push({ gateway, straight: { p50: quantile(times, 0.5), p95: quantile(times, 0.95), processor } });
  }
  const rounds = all.sort((a, b) => a.straight.p95 - b.straight.p95).slice(0, all.length / 3);
  for (const way of ["straight", "gateway"] as const) {
    const of = (what: keyof Round) => median(rounds.map((round) => round[way][what])).toFixed(2);
    bench.say(`${way}: p50 ${of("p50")} ms, p95 ${of("p95")} ms, processor ${of("processor")} ms a call`);
  }
  const added = (what: keyof Round): number =>
    median(rounds.map(({ gateway, straight }) => gateway[what] - straight[what]));
  return [
    { metric: "gateway-p50", server: "orrery", value: added("p50") },
    { metric: "gateway-p95", server: "orrery", value: added("p95") },
    { metric: "gateway-processor", server: "orrery", value: added("processor") },
  ];
}

/** What a call takes by each way, one at a time, in alternating rounds: the median, in milliseconds. */
async function alone<Name extends Way>(
  bench: Bench,
  running: Running,
  model: string,
  calls: Record<Name, number>,
): Promise<Record<Name, number>> {
  const ways = Object.keys(calls) as Name[]; // the keys of a record of them
  const found = new Map(ways.map((way) => [way, [] as number[]]));
  for (let round = 0; round <= (bench.quick ? 6 : 20); round++) {
    for (const [way, times] of found) {
      const asked = { model, arrivals: [0], times: calls[way] };
      const [took = Number.NaN] = await ask(bench, running, way, asked);
      // The first round fills the cache.
      if (round > 0) times.push(took / calls[way]);
    }
  }
  const entries = ways.map((way) => [way, median(found.get(way) ?? [])] as const);
  bench.say(entries.map(([way, took]) => `${way}: ${took.toFixed(3)} ms`).join(", "));
  return Object.fromEntries(entries) as Record<Name, number>;
}

/** What it takes to book a call that belongs to no execution before its caller goes on. */
async function settling(bench: Bench, running: Running): Promise<Measured[]> {
  const took = await alone(bench, running, `mock-${tokens}x0`, { gateway: 100, settled: 100 });
  return [{ metric: "gateway-settling", server: "orrery", value: took.settled - took.gateway }];
}

/** A call answered by a model that takes 20 ms, against the same answered again. */
async function hits(bench: Bench, running: Running): Promise<Measured[]> {
  const calls = { gateway: 20, remembered: 200, stored: 200 };
  const took = await alone(bench, running, `slow-${tokens}x0+20`, calls);
  return [
    { metric: "cache-remembered", server: "orrery", value: took.gateway / took.remembered },
    { metric: "cache-stored", server: "orrery", value: took.gateway / took.stored },
  ];
}

export const gateway: Measure = {
  name: "gateway",
  needsServers: false,
  async run(bench) {
    const running = await bench.startGateway();
    try {
      return [
        ...(await overhead(bench, running)),
        ...(await settling(bench, running)),
        ...(await hits(bench, running)),
      ];
    } finally {
      await running.stop();
    }
  },
};
