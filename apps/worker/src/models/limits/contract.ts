/** The contract between the gateway and the limiter. No implementation lives here. */
import type { ModelLimits } from "@orrery/protocol";

export interface Turnstile {
  /** What is limited, for all who share it: `provider:openai`, `workspace:<id>`, `agent:<id>`. */
  bucket: string;
  limits: ModelLimits;
  /** Who waits: parties are served in turns, whatever the number of calls each has waiting. */
  party: string;
  /** Tokens that the call is expected to take. */
  tokens: number;
  /** Epoch milliseconds by which the call must be let through. */
  deadline: number;
  signal: AbortSignal;
}

export interface Limiter {
  /**
   * Resolves when the call may go, with when it was counted, by the bucket's own clock.
   * @throws ModelError `rate_limited`, at once where its turn would come after the deadline, with the wait it would need
   */
  acquire(turnstile: Turnstile): Promise<number>;
  /** Takes back a call that was let through and not made: `countedAt` is what `acquire` said of it. */
  giveBack(turnstile: Pick<Turnstile, "bucket" | "limits" | "tokens">, countedAt: number): void;
  /** Corrects a bucket by what the call really took: positive where it took more than expected. */
  correct(bucket: string, limits: ModelLimits, tokens: number): void;
}
