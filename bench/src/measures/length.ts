import type { TurnTimes } from "../drivers/contract.ts";
import { median } from "../statistics.ts";
import type { Bench, Measure, Measured } from "./contract.ts";

const tokens = 50;
/** Turns said to one subject before the next has its go. */
const stretch = 10;
/** Times that young and old conversations are compared at one length. */
const comparisons = 4;

const one = { tokens, agents: 1, concurrency: 1 } as const;
const oldKey = (subject: string): string => `length-old-${subject}`;
const youngKey = (subject: string): string => `length-young-${subject}`;

/** What turns took, by subject and by the point of the conversation at which they were said. */
type Samples = Map<string, number[]>;

function add(samples: Samples, name: string, turns: readonly TurnTimes[]): void {
  samples.set(name, [...(samples.get(name) ?? []), ...turns.map(({ totalMs }) => totalMs)]);
}

/** Lets every subject's old conversation grow by `turns`. */
async function grow(bench: Bench, turns: number): Promise<void> {
  for (const subject of ["direct", ...bench.servers] as const) {
    await bench.run({ do: "speak", key: oldKey(subject), turns, concurrency: 1 });
  }
}

/**
 * Turns 2 to 11 of new conversations and the next ten of the old one, by turns: were the beginning of a
 * conversation measured minutes before its end, the machine's own drift would be taken for growth.
 */
async function compare(bench: Bench, samples: Samples, point: string): Promise<void> {
  for (let time = 0; time < comparisons; time++) {
    for (const subject of ["direct", ...bench.servers] as const) {
      await bench.open(subject, youngKey(subject), { ...one, firstTurn: true });
      for (const [key, name] of [
        [youngKey(subject), "young"],
        [oldKey(subject), "old"],
      ] as const) {
        const { turns } = await bench.run({ do: "speak", key, turns: stretch, concurrency: 1 });
        add(samples, `${subject} ${name} ${point}`, turns);
      }
      await bench.run({ do: "close", key: youngKey(subject) });
    }
  }
}

/** What a turn costs at the beginning, after a quarter and at the end of one long conversation. */
export const length: Measure = {
  name: "length",
  async run(bench) {
    const last = bench.quick ? 120 : 400;
    const compared = comparisons * stretch;
    const samples: Samples = new Map();
    for (const subject of ["direct", ...bench.servers] as const) {
      await bench.open(subject, oldKey(subject), one);
    }
    await grow(bench, last / 4 - compared / 2);
    await compare(bench, samples, "middle");
    await grow(bench, (last * 3) / 4 - compared);
    await compare(bench, samples, "late");
    for (const subject of ["direct", ...bench.servers]) {
      await bench.run({ do: "close", key: oldKey(subject) });
    }
    const at = (subject: string, age: string, point: string): number =>
      median(samples.get(`${subject} ${age} ${point}`) ?? []);
    return bench.servers.flatMap((server): Measured[] => {
      const overhead = (age: string, point: string): number =>
        at(server, age, point) - at("direct", age, point);
      return [
        { metric: "overhead-early", server, value: overhead("young", "late") },
        { metric: "overhead-middle", server, value: overhead("old", "middle") },
        { metric: "overhead-late", server, value: overhead("old", "late") },
        { metric: "growth", server, value: overhead("old", "late") / overhead("young", "late") },
      ];
    });
  },
};
