/** The time a call has. */
import type { Clock } from "../clock.ts";
import { ModelError } from "../contract.ts";

/** A signal that follows the caller's, and aborts with `upstream_timeout` when the time is up. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #cancelTimer: () => void;

  /** `name` is what the error says did not finish. */
  constructor(request: { signal: AbortSignal; deadline: number }, clock: Clock, name: string) {
    this.#caller = request.signal;
    const left = request.deadline - clock.now();
    const late = (): void =>
      this.#controller.abort(
        new ModelError("upstream_timeout", `${name} did not finish in the time that was left`, {
          retryable: true,
        }),
      );
    if (this.#caller.aborted) this.#follow();
    else this.#caller.addEventListener("abort", this.#follow, { once: true });
    if (left <= 0) late();
    // Timers hold 31 bits of milliseconds; a deadline weeks away needs none.
    this.#cancelTimer = left > 0 && left < 2 ** 31 ? clock.after(left, late) : () => undefined;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(): void {
    this.#cancelTimer();
    this.#caller.removeEventListener("abort", this.#follow);
  }

  readonly #follow = (): void => this.#controller.abort(this.#caller.reason);
}
