/** An account's object as isolates reach it: over a network that takes its time, in a process that may be killed. */
import type { WorkspacePolicy } from "@orrery/protocol";
import type { ManualClock } from "../../testing/manual-clock.ts";
import type { AccountStub } from "../account.ts";
import { AccountBooks } from "../account-books.ts";
import { CrashingStore } from "./crashing-store.ts";

/** Lets everything run that waits for no time. */
export async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve();
}

export class FarObject {
  readonly #clock: ManualClock;
  readonly #store = new CrashingStore();
  #books: AccountBooks;
  /** Which life of the process this is. */
  #life = 0;
  /** Questions that reached the object. */
  asked = 0;
  /** While true, what is asked comes to nothing. */
  unreachable = false;

  constructor(clock: ManualClock) {
    this.#clock = clock;
    this.#books = new AccountBooks(this.#store, clock);
  }

  /** Kills the process; the next question finds a new one. */
  kill(): void {
    this.#life += 1;
    this.#books = new AccountBooks(this.#store, this.#clock);
  }

  /** Its way to the object takes `there` milliseconds, the answer's `back`. */
  stub(there: number, back: number): AccountStub {
    return {
      lend: () => this.#ask(there, back, () => this.#books.lend()),
      hold: (request) => this.#ask(there, back, () => this.#books.hold(request)),
      refusal: (request) => this.#ask(there, back, () => this.#books.refusal(request)),
      settle: (charges) => this.#ask(there, back, () => void this.#books.settle(charges)),
      release: (ids) => this.#ask(there, back, () => this.#books.release(ids)),
      retire: (agentId) => this.#ask(there, back, () => this.#books.retire(agentId)),
    };
  }

  /** Ids of the calls that were charged. */
  charged(): string[] {
    return this.#store.sql
      .exec("SELECT id FROM calls ORDER BY seq")
      .toArray()
      .map(({ id }) => String(id));
  }

  /** What is held, in micro-dollars. */
  get held(): number {
    return this.#books.balance().held;
  }

  /** Resolves when the change is confirmed; rejects where the process was killed before. */
  setPolicy(policy: WorkspacePolicy): Promise<void> {
    return this.#alive(() => this.#books.setPolicy(policy));
  }

  /** As `setPolicy`. */
  async createBudget(limitMicros: number): Promise<void> {
    await this.#alive(() => this.#books.createBudget({ scope: "workspace", period: "total", limitMicros }));
  }

  async #alive<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const life = this.#life;
    const answer = await work();
    if (life !== this.#life) throw new Error("the process was killed");
    return answer;
  }

  async #ask<Answer>(there: number, back: number, work: () => Answer): Promise<Answer> {
    await this.#passes(there);
    this.asked += 1;
    if (this.unreachable) throw new Error("the network is down");
    const answer = work();
    await this.#passes(back);
    return answer;
  }

  #passes(milliseconds: number): Promise<void> {
    if (milliseconds === 0) return Promise.resolve();
    return new Promise((resolve) => void this.#clock.after(milliseconds, resolve));
  }
}
