/** Buckets without a runtime: the real gates, called in the same process, with a clock that a test moves. */
import type { Clock } from "../../clock.ts";
import { Gate, type Place, type Verdict } from "../gate.ts";
import type { LimiterEnv } from "../limiter.ts";

const turnOf = (place: Place | undefined): Promise<Verdict> =>
  place?.turn ?? Promise.reject(new Error("there is no such place"));

/** The bucket's object was taken away, as by a restart of the runtime. */
export class Restarted extends Error {}

export class Doors implements LimiterEnv {
  readonly #clock: Clock;
  readonly #gates = new Map<string, Gate>();
  readonly #breaks = new Set<(error: Restarted) => void>();
  /** How many calls came. */
  calls = 0;
  /** How many of the next calls find nobody. */
  unreachable = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  gate(bucket: string): Gate {
    let gate = this.#gates.get(bucket);
    if (!gate) this.#gates.set(bucket, (gate = new Gate(this.#clock)));
    return gate;
  }

  /** Forgets every queue; whoever waits hears that it is gone. */
  restart(): void {
    this.#gates.clear();
    for (const breakOff of this.#breaks) breakOff(new Restarted());
  }

  readonly LIMITERS: LimiterEnv["LIMITERS"] = {
    getByName: (bucket) => {
      const places: Place[] = [];
      const call = async <Value>(work: () => Value): Promise<Value> => {
        this.calls += 1;
        if (this.unreachable > 0) {
          this.unreachable -= 1;
          throw new Restarted();
        }
        return work();
      };
      return {
        enter: (wanted) =>
          call(() => {
            const entered = this.gate(bucket).enter(wanted);
            if ("through" in entered) return entered;
            const claim = { [Symbol.dispose]: () => entered.leave() };
            return { claim, place: places.push(entered) - 1 };
          }),
        turn: async (place) => {
          const broken = Promise.withResolvers<never>();
          this.#breaks.add(broken.reject);
          try {
            return await Promise.race([turnOf(places[place]), broken.promise]);
          } finally {
            this.#breaks.delete(broken.reject);
          }
        },
        giveBack: (limits, tokens, takenAt) =>
          call(() => this.gate(bucket).giveBack(limits, tokens, takenAt)),
        correct: (limits, tokens) => call(() => this.gate(bucket).correct(limits, tokens)),
      };
    },
  };
}
