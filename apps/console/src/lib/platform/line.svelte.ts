import type { ConnectionStatus } from "@orrery/client";
import { untrack } from "svelte";
import type { Readable } from "svelte/store";

/** Milliseconds for which the line may be broken before it is worth a word: most breaks are shorter. */
const patienceMs = 3_000;

/** The line to the platform, as far as live events tell: whether it is lost, and when it comes back. */
export class Line {
  #lost = $state(false);
  #returns = $state(0);

  /** Whether it has been broken for longer than a moment. */
  get lost(): boolean {
    return this.#lost;
  }

  /** How often it came back after it had broken. */
  get returns(): number {
    return this.#returns;
  }

  /** Watches a connection until the returned function is called. */
  follow(connection: Readable<ConnectionStatus>): () => void {
    let broken = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const mend = () => {
      clearTimeout(timer);
      timer = undefined;
      this.#lost = false;
    };
    const unsubscribe = connection.subscribe((status) => {
      if (status === "reconnecting") {
        broken = true;
        timer ??= setTimeout(() => (this.#lost = true), patienceMs);
      } else if (status === "open") {
        mend();
        if (broken) this.#returns += 1;
        broken = false;
      } else if (status === "closed") mend();
    });
    return () => {
      unsubscribe();
      mend();
    };
  }
}

/** The visitor's line. It belongs in one effect at the root. */
export const line = new Line();

/** Does something each time the line comes back. Call it while a component is made. */
export function whenLineReturns(work: () => void): void {
  let seen = line.returns;
  $effect(() => {
    if (line.returns === seen) return;
    seen = line.returns;
    untrack(work);
  });
}
