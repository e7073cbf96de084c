/**
 * When an agent's object may leave memory. An object in memory takes some 0.5 MB, and the runtime keeps one
 * that does nothing for ten seconds and more. All it has is on disk, and a call makes it anew
 * in about a millisecond, so on one machine it leaves as soon as it knows that it has nothing to do.
 *
 * Whatever enters the object is a visit from the first line of its code to the last, and so is a stream until
 * its reader has taken all of it. The object leaves only when there has been no visit for a while. So a call that
 * meets the closing door has run none of the object's code, and may be made again: `agentStub` does.
 */
import { log } from "../observability/index.ts";

/** What the error says with which an object leaves; a caller who sees it never came in. */
export const leftMessage = "The agent left memory before this call came in.";

/** Doublings of the rest while there is something to do: a long turn is not asked all the time whether it is over. */
const patience = 4;

/**
 * What came of bringing all there is to a safe place: it is `safe` to leave; there is something to do, so the object
 * is asked again later; or it is `kept`, by what is a visit when it ends.
 */
export type Settled = "safe" | "busy" | "kept";

export interface PresenceHost {
  /** Milliseconds without a visit after which to leave; null to stay for as long as the runtime likes. */
  readonly restMs: number | null;
  now(): number;
  /** Calls `work` after so many milliseconds. */
  after(milliseconds: number, work: () => void): void;
  settle(): Promise<Settled>;
  /** Ends the object. */
  leave(): void;
}

/** How long an object stays without a visit, in milliseconds; null where nothing says so. */
export function restOf({ AGENT_REST_MS: text }: Pick<Env, "AGENT_REST_MS">): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

export class Presence {
  readonly #host: PresenceHost;
  #visits = 0;
  /** Visits so far, by which is seen whether there was one meanwhile. */
  #visited = 0;
  #restsSince = 0;
  #waiting = false;
  /** Times in a row that there was something to do. */
  #refused = 0;

  constructor(host: PresenceHost) {
    this.#host = host;
  }

  /** A visit begins; it ends when what this returns is called for the first time. */
  enter(): () => void {
    this.#visits += 1;
    this.#visited += 1;
    this.#refused = 0;
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#visits -= 1;
      this.#rest();
    };
  }

  /** A visit for as long as `work` takes. */
  async during<Value>(work: () => Value | Promise<Value>): Promise<Value> {
    const end = this.enter();
    try {
      return await work();
    } finally {
      end();
    }
  }

  #rest(): void {
    if (this.#host.restMs === null || this.#visits > 0) return;
    this.#restsSince = this.#host.now();
    this.#wait(this.#host.restMs * 2 ** this.#refused);
  }

  #wait(milliseconds: number): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#host.after(milliseconds, () => {
      this.#waiting = false;
      // Whoever is inside begins the rest anew on going.
      if (this.#visits > 0) return;
      const remaining = this.#restsSince + milliseconds - this.#host.now();
      if (remaining > 0) this.#wait(remaining);
      else void this.#leave(this.#visited);
    });
  }

  async #leave(visited: number): Promise<void> {
    const settled = await this.#host.settle().catch((error: unknown): Settled => {
      log.warn("agent.not-settled", { error });
      return "busy";
    });
    // Who came in meanwhile and went has begun the rest anew.
    if (this.#visited !== visited) return;
    if (settled === "safe") this.#host.leave();
    if (settled !== "busy") return;
    this.#refused = Math.min(this.#refused + 1, patience);
    this.#rest();
  }
}
