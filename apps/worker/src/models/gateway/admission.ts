/** What a call passes before a provider is asked: limits, its turn among its object's requests, budgets. */
import type { ModelLimits } from "@orrery/protocol";
import type { AccountTerms, HoldRequest } from "../account/contract.ts";
import type { CallContext } from "../contract.ts";
import type { Turnstile } from "../limits/contract.ts";
import type { HeaderQueue } from "../wire/header-queue.ts";
import type { GatewayParts } from "./parts.ts";

/** A call that wants to be made. */
export interface Entrant {
  id: string;
  /** Limits that it must pass, the narrowest first. */
  buckets: readonly { bucket: string; limits: ModelLimits }[];
  /** That it is expected to take. */
  tokens: number;
  /** The most that it can cost, in micro-dollars. @throws ModelError `budget_exceeded` where nobody knows */
  worstCase(): number;
  /** Where its request waits for its turn; null where none waits. */
  headers: HeaderQueue | null;
}

/** Milliseconds past the deadline for which money stays held: the settlement may still be on its way. */
const holdGraceMs = 60_000;

/**
 * Waits for the call's turn at every limit, then for its place among the requests of its object, then has the money
 * set aside: in this order, so that money is not held for those who wait. Whoever is refused, or leaves, gives
 * back what it took on the way: limits are shared, also by those who have money left. Resolves with the terms
 * by which it was let in; its place among the requests is then the caller's to leave.
 * @throws ModelError `rate_limited`, `budget_exceeded`, or the signal's reason
 */
export async function admit(
  { limiter, account }: GatewayParts,
  { caller, deadline }: CallContext,
  entrant: Entrant,
  known: AccountTerms,
  signal: AbortSignal,
): Promise<AccountTerms> {
  const { id, buckets, tokens, headers } = entrant;
  const money = (): HoldRequest => ({
    id,
    caller,
    micros: entrant.worstCase(),
    expiresAt: deadline + holdGraceMs,
  });
  // Who cannot pay takes no turn from those who can, and hears so without waiting for one.
  if (known.budgeted && buckets.length > 0) await account.afford(money());
  const passed: { turnstile: Turnstile; countedAt: number }[] = [];
  let placed = false;
  try {
    for (const { bucket, limits } of buckets) {
      const party = caller.agentId ?? caller.workspaceId;
      const turnstile = { bucket, limits, party, tokens, deadline, signal };
      passed.push({ turnstile, countedAt: await limiter.acquire(turnstile) });
    }
    signal.throwIfAborted();
    if (headers !== null) {
      if (!headers.enter()) await headers.turn(signal);
      placed = true;
    }
    // What held when the step began may have ended while it waited for its turn.
    const lent = account.terms(caller.workspaceId);
    const terms = lent instanceof Promise ? await lent : lent;
    signal.throwIfAborted();
    if (terms.budgeted) {
      await account.hold(money());
      if (signal.aborted) {
        void account.release(caller.workspaceId, id);
        signal.throwIfAborted();
      }
    }
    return terms;
  } catch (error) {
    if (placed) headers?.leave();
    for (const { turnstile, countedAt } of passed) limiter.giveBack(turnstile, countedAt);
    throw error;
  }
}
