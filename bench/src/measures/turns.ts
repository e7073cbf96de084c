import type { Subject, TurnTimes } from "../drivers/contract.ts";
import { median, quantile } from "../statistics.ts";
import type { Bench, Measure, Measured } from "./contract.ts";

const tokens = 50;

/** Turns of every subject in alternating rounds, so that a machine that slows down slows all alike. */
async function rounds(bench: Bench, count: number, turns: number): Promise<Map<Subject, TurnTimes[]>> {
  const samples = new Map<Subject, TurnTimes[]>();
  for (let round = 0; round < count; round++) {
    for (const subject of ["direct", ...bench.servers] as const) {
      const key = `turns-${subject}-${round}`;
      await bench.open(subject, key, { tokens, agents: 1, concurrency: 1 });
      await bench.run({ do: "speak", key, turns: 3, concurrency: 1 });
      const result = await bench.run({ do: "speak", key, turns, concurrency: 1 });
      await bench.run({ do: "close", key });
      samples.set(subject, [...(samples.get(subject) ?? []), ...result.turns]);
    }
  }
  return samples;
}

/** One turn at a time: what a subject adds to the upstream's own time, to the end and to the first token. */
export const turns: Measure = {
  name: "turns",
  async run(bench) {
    const samples = await rounds(bench, bench.quick ? 4 : 20, 20);
    const upstream = samples.get("direct") ?? [];
    const total = median(upstream.map(({ totalMs }) => totalMs));
    const first = median(upstream.map(({ firstTokenMs }) => firstTokenMs));
    return bench.servers.flatMap((server) => {
      const own = samples.get(server) ?? [];
      const overheads = own.map(({ totalMs }) => totalMs - total);
      return [
        { metric: "overhead-p50", server, value: quantile(overheads, 0.5) },
        { metric: "overhead-p95", server, value: quantile(overheads, 0.95) },
        {
          metric: "first-token-p50",
          server,
          value: median(own.map(({ firstTokenMs }) => firstTokenMs - first)),
        },
      ] as const;
    });
  },
};

/** Sixteen agents, each with a turn under way at all times: turns a second, and processor time a turn. */
export const throughput: Measure = {
  name: "throughput",
  async run(bench) {
    const found = new Map(
      bench.servers.map((server) => [server, { speeds: [] as number[], costs: [] as number[] }]),
    );
    for (let round = 0; round < (bench.quick ? 3 : 6); round++) {
      for (const [server, { speeds, costs }] of found) {
        const key = `throughput-${server}-${round}`;
        await bench.open(server, key, { tokens, agents: 16, concurrency: 16 });
        await bench.run({ do: "speak", key, turns: 2, concurrency: 16 });
        const running = await bench.running(server);
        const before = running.processorMs();
        const { turns, wallMs } = await bench.run({ do: "speak", key, turns: 15, concurrency: 16 });
        costs.push((running.processorMs() - before) / turns.length);
        speeds.push(turns.length / (wallMs / 1_000));
        await bench.run({ do: "close", key });
      }
    }
    return [...found].flatMap(([server, { speeds, costs }]): Measured[] => [
      { metric: "turns-per-second", server, value: median(speeds) },
      { metric: "processor-per-turn", server, value: median(costs) },
    ]);
  },
};

const short = 50;
const long = 1_050;

/** What each further token costs: the slope between short and long answers, less the upstream's own. */
export const tokenCost: Measure = {
  name: "tokens",
  async run(bench) {
    const subjects = ["direct", ...bench.servers] as const;
    const samples = new Map<string, number[]>();
    for (let round = 0; round < (bench.quick ? 3 : 8); round++) {
      for (const subject of subjects) {
        for (const size of [short, long]) {
          const key = `tokens-${subject}-${size}-${round}`;
          await bench.open(subject, key, { tokens: size, agents: 1, concurrency: 1 });
          await bench.run({ do: "speak", key, turns: 1, concurrency: 1 });
          const result = await bench.run({ do: "speak", key, turns: 4, concurrency: 1 });
          await bench.run({ do: "close", key });
          const name = `${subject} ${size}`;
          const found = result.turns.map(({ totalMs }) => totalMs);
          samples.set(name, [...(samples.get(name) ?? []), ...found]);
        }
      }
    }
    const slope = (subject: Subject): number => {
      const [brief, lengthy] = [short, long].map((size) => median(samples.get(`${subject} ${size}`) ?? []));
      return ((lengthy ?? Number.NaN) - (brief ?? Number.NaN)) / (long - short);
    };
    return bench.servers.map((server) => ({
      metric: "ms-per-token",
      server,
      value: slope(server) - slope("direct"),
    }));
  },
};
