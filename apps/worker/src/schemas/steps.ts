/** The effort that is given to one piece of work whose cost others decide: counted, since clocks stand still in it. */

/** There are no steps left. */
export class TooManySteps extends Error {
  constructor() {
    super("this takes too many steps");
    this.name = "TooManySteps";
  }
}

export class Steps {
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  /** @throws TooManySteps */
  take(count: number): void {
    this.#left -= count;
    if (this.#left < 0) throw new TooManySteps();
  }
}
