/** Calls with which agents are given tasks, while they are under way. */

export class Giving {
  readonly #underWay = new Map<string, Set<Promise<unknown>>>();

  run<Result>(agent: string, work: () => Promise<Result>): Promise<Result> {
    const call = work();
    const calls = this.#underWay.get(agent) ?? new Set();
    this.#underWay.set(agent, calls.add(call));
    const forget = (): void => {
      calls.delete(call);
      if (calls.size === 0) this.#underWay.delete(agent);
    };
    void call.then(forget, forget);
    return call;
  }

  /** Resolves when the calls that were begun by now have ended, however they ended. */
  async settled(agent: string): Promise<void> {
    const calls = this.#underWay.get(agent);
    if (calls !== undefined) await Promise.allSettled(calls);
  }
}
