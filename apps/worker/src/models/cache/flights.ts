import type { Clock } from "../clock.ts";

/** Who makes an answer that others may be waiting for. */
export interface Lease<Answer> {
  /** Gives the answer to everyone who waits. Nothing happens where the lease is over. */
  land(answer: Answer): void;
  /** Hands over to the next who waits. Nothing happens where the lease is over. */
  abandon(): void;
}

export type Boarding<Answer> =
  | { role: "lead"; lease: Lease<Answer> }
  | { role: "passenger"; answer: Answer }
  | { role: "late" };

interface Waiting<Answer> {
  /** Epoch milliseconds at which a lease for it ends. */
  deadline: number;
  settle: (boarding: Boarding<Answer>) => void;
  cancelPatience: () => void;
}

interface Flight<Answer> {
  current: object;
  cancelLease: () => void;
  waiting: Set<Waiting<Answer>>;
}

/** Timers hold 31 bits of milliseconds. */
const longestTimer = 2 ** 31 - 1;

/**
 * Single flight: of all who want the same at the same time one makes it, and the others get what it made. A lead
 * that fails, leaves, or is not done by its deadline is followed by the one who has waited longest. Nobody
 * waits longer than half of the time that it has: then it still has time to make the answer itself.
 */
export class Flights<Answer> {
  readonly #clock: Clock;
  readonly #flights = new Map<string, Flight<Answer>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#flights.size;
  }

  /** `deadline`: epoch milliseconds by which this one wants to be done. */
  board(key: string, deadline: number): Boarding<Answer> | Promise<Boarding<Answer>> {
    const flight = this.#flights.get(key);
    if (flight) return this.#wait(flight, deadline);
    const started: Flight<Answer> = { current: {}, cancelLease: () => undefined, waiting: new Set() };
    this.#flights.set(key, started);
    return { role: "lead", lease: this.#lease(key, started, deadline) };
  }

  #wait(flight: Flight<Answer>, deadline: number): Promise<Boarding<Answer>> {
    const { promise, resolve } = Promise.withResolvers<Boarding<Answer>>();
    const patience = Math.max(0, (deadline - this.#clock.now()) / 2);
    const waiting: Waiting<Answer> = { deadline, settle: resolve, cancelPatience: () => undefined };
    flight.waiting.add(waiting);
    waiting.cancelPatience = this.#clock.after(Math.min(patience, longestTimer), () => {
      flight.waiting.delete(waiting);
      resolve({ role: "late" });
    });
    return promise;
  }

  #lease(key: string, flight: Flight<Answer>, deadline: number): Lease<Answer> {
    const mine = {};
    flight.current = mine;
    const left = Math.max(0, deadline - this.#clock.now());
    const whileMine = (act: () => void) => (): void => {
      if (this.#flights.get(key) !== flight || flight.current !== mine) return;
      flight.cancelLease();
      act();
    };
    const abandon = whileMine(() => this.#handOver(key, flight));
    flight.cancelLease = this.#clock.after(Math.min(left, longestTimer), abandon);
    return {
      abandon,
      land: (answer) =>
        whileMine(() => {
          this.#flights.delete(key);
          for (const waiting of flight.waiting) {
            waiting.cancelPatience();
            waiting.settle({ role: "passenger", answer });
          }
        })(),
    };
  }

  #handOver(key: string, flight: Flight<Answer>): void {
    for (const next of flight.waiting) {
      flight.waiting.delete(next);
      next.cancelPatience();
      next.settle({ role: "lead", lease: this.#lease(key, flight, next.deadline) });
      return;
    }
    this.#flights.delete(key);
  }
}
