import type { TurnTimes } from "../drivers/contract.ts";
import { median } from "../statistics.ts";
import type { Bench, Measure, Measured } from "./contract.ts";

const tokens = 50;
/** Turns said to one subject before the next has its go. */
const stretch = 10;

/** The median overhead of turns `from` to `to` (counted from 1) over all conversations. */
function overheadOf(conversations: TurnTimes[][], upstream: number, from: number, to: number): number {
  return median(
    conversations.flatMap((turns) => turns.slice(from - 1, to).map(({ totalMs }) => totalMs - upstream)),
  );
}

async function converse(bench: Bench, length: number, round: number): Promise<Map<string, TurnTimes[]>> {
  const subjects = ["direct", ...bench.servers] as const;
  const turns = new Map<string, TurnTimes[]>(subjects.map((subject) => [subject, []]));
  const keyOf = (subject: string): string => `length-${subject}-${round}`;
  for (const subject of subjects) {
    await bench.open(subject, keyOf(subject), { tokens, agents: 1, concurrency: 1 });
  }
  for (let said = 0; said <= length; said += stretch) {
    for (const subject of subjects) {
      const load = { do: "speak", key: keyOf(subject), turns: stretch, concurrency: 1 } as const;
      turns.get(subject)?.push(...(await bench.run(load)).turns);
    }
  }
  for (const subject of subjects) await bench.run({ do: "close", key: keyOf(subject) });
  return turns;
}

/** What a turn costs early, in the middle and late in one long conversation. */
export const length: Measure = {
  name: "length",
  async run(bench) {
    const last = bench.quick ? 100 : 400;
    const rounds: Map<string, TurnTimes[]>[] = [];
    for (let round = 0; round < (bench.quick ? 1 : 2); round++)
      rounds.push(await converse(bench, last, round));
    const of = (subject: string): TurnTimes[][] => rounds.map((turns) => turns.get(subject) ?? []);
    const upstream = median(of("direct").flatMap((turns) => turns.map(({ totalMs }) => totalMs)));
    return bench.servers.flatMap((server): Measured[] => {
      const at = (from: number, to: number): number => overheadOf(of(server), upstream, from, to);
      const early = at(2, 11);
      const late = at(last - 4, last + 5);
      return [
        { metric: "overhead-early", server, value: early },
        { metric: "overhead-middle", server, value: at(last / 4 - 4, last / 4 + 5) },
        { metric: "overhead-late", server, value: late },
        { metric: "growth", server, value: late / early },
      ];
    });
  },
};
