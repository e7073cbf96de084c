/** A list that shows what it is filtered to: asked for the same again, it stays as it is and as far as it was read. */
export class ShownList<Filter extends object> {
  readonly #filter: (filter: Filter) => Promise<void>;
  #shown: string | undefined;
  #reading: Promise<void> = Promise.resolve();

  /** @param filter reads the list anew */
  constructor(filter: (filter: Filter) => Promise<void>) {
    this.#filter = filter;
  }

  /** Whether it shows this already, or is about to. */
  shows(filter: Filter): boolean {
    return this.#shown === wordsOf(filter);
  }

  /** Resolves once it shows this, or could not be read. */
  show(filter: Filter): Promise<void> {
    if (!this.shows(filter)) {
      this.#shown = wordsOf(filter);
      this.#reading = this.#filter(filter);
    }
    return this.#reading;
  }
}

const wordsOf = (filter: object): string =>
  JSON.stringify(Object.entries(filter).sort(([one], [other]) => one.localeCompare(other)));
