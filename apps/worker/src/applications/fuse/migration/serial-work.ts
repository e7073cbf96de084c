/** Work about one thing, one piece after the other; about different things at once. */
export class SerialWork {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `work` once what came before it about the same thing has ended, however it ended. */
  run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(name);
    const result = before === undefined ? work() : before.then(work, work);
    this.#last.set(name, result);
    const forget = (): void => {
      if (this.#last.get(name) === result) this.#last.delete(name);
    };
    void result.then(forget, forget);
    return result;
  }
}
