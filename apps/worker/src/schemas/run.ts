/** One value that is held to a schema. */
import { type Steps, TooManySteps } from "./steps.ts";

/** Where in the value something is wrong, as a JSON pointer, and what. */
export interface Problem {
  path: string;
  message: string;
}

/** What `unevaluatedProperties` and `unevaluatedItems` leave alone. */
export class Evaluated {
  readonly properties = new Set<string>();
  readonly items = new Set<number>();

  add({ properties, items }: Evaluated): void {
    for (const property of properties) this.properties.add(property);
    for (const item of items) this.items.add(item);
  }
}

/** Holds a value to one keyword; `into` is told what was evaluated, where anyone wants to know. */
export type Check = (value: unknown, run: Run, into: Evaluated | null) => boolean;

/** Characters of a problem's words: they quote values and schemas. */
const longestWords = 500;

/** Schemas within schemas, and within values, that are gone into. */
const deepest = 1_000;

export class Run {
  readonly problems: Problem[] = [];
  readonly steps: Steps;
  readonly #most: number;
  readonly #path: (string | number)[] = [];
  #depth = 0;
  #quiet = 0;

  /** Names `most` problems at most. */
  constructor(steps: Steps, most: number) {
    this.steps = steps;
    this.#most = most;
  }

  /** Whether nothing more is to be found out about a value that does not follow. */
  get isQuiet(): boolean {
    return this.#quiet > 0 || this.problems.length >= this.#most;
  }

  /** Notes what is wrong with the value that is being looked at. Always false, as checks answer. */
  fail(message: string): false {
    if (this.isQuiet) return false;
    const path = pointerOf(this.#path).slice(0, longestWords);
    this.problems.push({ path, message: message.slice(0, longestWords) });
    return false;
  }

  /** @throws TooManySteps */
  deeper(work: () => boolean): boolean {
    if (this.#depth >= deepest) throw new TooManySteps();
    this.steps.take(1);
    this.#depth += 1;
    const holds = work();
    this.#depth -= 1;
    return holds;
  }

  /** Looks at what lies under a key of the value. */
  under(key: string | number, work: () => boolean): boolean {
    this.#path.push(key);
    const holds = work();
    this.#path.pop();
    return holds;
  }

  /** Finds out whether something holds, without noting what is wrong if not. */
  quietly(work: () => boolean): boolean {
    this.#quiet += 1;
    const holds = work();
    this.#quiet -= 1;
    return holds;
  }
}

/** RFC 6901. */
export const pointerOf = (path: readonly (string | number)[]): string =>
  path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
