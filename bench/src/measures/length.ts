import type { TurnTimes } from "../drivers/contract.ts";
import { median } from "../statistics.ts";
import type { Bench, Measure, Measured } from "./contract.ts";

const tokens = 50;
/** Turns said to one subject before the next has its go. */
const stretch = 10;
/**
 * How long the conversation gets, and how many times young and old conversations are compared at one length. The end
 * is what a target is set for: a tenth of some five milliseconds drowns in the noise of forty turns.
 */
const whole = { turns: 400, middle: 4, late: 20 } as const;
const quick = { turns: 120, middle: 2, late: 4 } as const;
type Point = "middle" | "late";

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
 * conversation measured minutes before its end, the machine's own drift would be taken for growth. Which of the
 * two goes first changes too, since what an agent does after its answer falls into the turns of who comes next.
 */
async function compare(bench: Bench, samples: Samples, point: Point, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    for (const subject of ["direct", ...bench.servers] as const) {
      await bench.open(subject, youngKey(subject), { ...one, firstTurn: true });
      const young = [youngKey(subject), "young"] as const;
      const old = [oldKey(subject), "old"] as const;
      for (const [key, age] of time % 2 === 0 ? [young, old] : [old, young]) {
        const { turns } = await bench.run({ do: "speak", key, turns: stretch, concurrency: 1 });
        add(samples, `${subject} ${age} ${point}`, turns);
      }
      await bench.run({ do: "close", key: youngKey(subject) });
    }
  }
}

/** What a turn costs at the beginning, after a quarter and at the end of one long conversation. */
export const length: Measure = {
  name: "length",
  async run(bench) {
    const size = bench.quick ? quick : whole;
    const samples: Samples = new Map();
    for (const subject of ["direct", ...bench.servers] as const) {
      await bench.open(subject, oldKey(subject), one);
    }
    // Each comparison stands around its point: as many of its turns before it as after.
    const half = { middle: (size.middle * stretch) / 2, late: (size.late * stretch) / 2 };
    await grow(bench, size.turns / 4 - half.middle);
    await compare(bench, samples, "middle", size.middle);
    await grow(bench, size.turns - half.late - (size.turns / 4 + half.middle));
    await compare(bench, samples, "late", size.late);
    for (const subject of ["direct", ...bench.servers]) {
      await bench.run({ do: "close", key: oldKey(subject) });
    }
    const at = (subject: string, age: string, point: Point): number =>
      median(samples.get(`${subject} ${age} ${point}`) ?? []);
    return bench.servers.flatMap((server): Measured[] => {
      const overhead = (age: string, point: Point): number =>
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
