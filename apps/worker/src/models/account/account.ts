/**
 * The gateway's side of a workspace's account. Terms are lent, and kept by the isolate for all who are in it;
 * while calls come, they are borrowed anew behind them, so that none waits.
 */
import { log } from "../../observability/index.ts";
import { type Clock, systemClock } from "../clock.ts";
import { ModelError } from "../contract.ts";
import type { Refusal } from "./budgets.ts";
import type { Account, AccountTerms, Charge, HoldRequest } from "./contract.ts";
import type { Lease } from "./terms.ts";
import { UnbookedCalls, type Unbooked } from "./unbooked.ts";

/** The account's object as it is called. */
export interface AccountStub {
  lend(): Promise<Lease>;
  hold(request: HoldRequest): Promise<Refusal | null>;
  refusal(request: HoldRequest): Promise<Refusal | null>;
  settle(charges: readonly Charge[]): Promise<void>;
  release(ids: readonly string[]): Promise<void>;
  retire(agentId: string): Promise<void>;
}

export interface AccountEnv {
  readonly ACCOUNTS: { getByName(workspaceId: string): AccountStub };
}

/** Terms as an isolate knows them. Plain data: a promise belongs to the object or request that made it. */
interface Borrowed extends AccountTerms {
  /** From when on they are borrowed anew, by whoever comes by. */
  renewFrom: number;
}

/** What an isolate has borrowed, by workspace. */
export type AccountMemory = Map<string, Borrowed>;

export interface AccountOptions {
  clock?: Clock;
  /** An isolate's own; tests give one for each that they play. */
  memory?: AccountMemory;
  unbooked?: UnbookedCalls;
}

/** Workspaces whose terms an isolate remembers. */
const memoryLimit = 1_000;
/** Milliseconds after which an answer is no longer waited for. */
const patienceMs = 10_000;
/** Milliseconds after which a renewal that never came back, its request having ended, is tried by another. */
const renewalMs = 500;
/** Charges sent at once. */
const settleLimit = 200;

const isolate: AccountMemory = new Map();
const unbookedOfIsolate = new UnbookedCalls();

/** Cheap: may be made for each object or request. */
export function createAccount(env: AccountEnv, options: AccountOptions = {}): Account {
  const clock = options.clock ?? systemClock;
  const memory = options.memory ?? isolate;
  const unbooked = options.unbooked ?? unbookedOfIsolate;
  const accountOf = (workspaceId: string): AccountStub => env.ACCOUNTS.getByName(workspaceId);

  const borrow = async (workspaceId: string): Promise<AccountTerms> => {
    const askedAt = clock.now();
    const { policy, budgeted, milliseconds } = await ask(clock, () => accountOf(workspaceId).lend());
    // It can be reached: what it has not heard of so far is told behind whoever came for the terms.
    if (unbooked.has(workspaceId)) void tell(workspaceId);
    const terms = { policy, budgeted, until: askedAt + milliseconds, renewFrom: askedAt + milliseconds / 2 };
    remember(memory, workspaceId, terms, clock.now());
    return terms;
  };

  /** Tells the account what it has to hear of. Never rejects: what could not be told stays to be told. */
  const tell = async (workspaceId: string): Promise<void> => {
    const { fresh, again } = unbooked.take(workspaceId, clock.now());
    const parts = [...partsOf(fresh), ...partsOf(again)];
    for (const [index, part] of parts.entries()) {
      try {
        await tellPart(workspaceId, part);
        unbooked.told(workspaceId, part);
      } catch (error) {
        const rest = parts.slice(index).flat();
        unbooked.untold(workspaceId, rest);
        log.warn("models.booking-late", { workspaceId, calls: rest.length, error });
        return;
      }
    }
  };

  const tellPart = async (workspaceId: string, part: readonly Unbooked[]): Promise<void> => {
    const charges = part.flatMap(({ charge }) => charge ?? []);
    const released = part.flatMap(({ id, charge }) => (charge === null ? [id] : []));
    if (charges.length > 0) await ask(clock, () => accountOf(workspaceId).settle(charges));
    if (released.length > 0) await ask(clock, () => accountOf(workspaceId).release(released));
  };

  /** @throws ModelError `budget_exceeded` where there is a refusal */
  const permitted = (refusal: Refusal | null): void => {
    if (refusal === null) return;
    const { message, remainingMicros } = refusal;
    throw new ModelError("budget_exceeded", message, { retryable: false, remainingMicros });
  };

  return {
    terms(workspaceId) {
      const known = memory.get(workspaceId);
      const now = clock.now();
      if (known === undefined || now >= known.until) return current(() => borrow(workspaceId), clock);
      if (now >= known.renewFrom) {
        known.renewFrom = now + renewalMs;
        borrow(workspaceId).catch((error: unknown) =>
          log.warn("models.terms-not-renewed", { workspaceId, error }),
        );
      }
      return known;
    },

    async hold(request) {
      const { workspaceId } = request.caller;
      let refusal: Refusal | null;
      try {
        refusal = await ask(clock, () => accountOf(workspaceId).hold(request));
      } catch (error) {
        // It may be held all the same, for a call that is not made.
        unbooked.add(workspaceId, { id: request.id, charge: null });
        throw error;
      }
      permitted(refusal);
    },

    async afford(request) {
      permitted(await ask(clock, () => accountOf(request.caller.workspaceId).refusal(request)));
    },

    async settle(workspaceId, charges) {
      for (const part of partsOf(charges)) await ask(clock, () => accountOf(workspaceId).settle(part));
    },

    async book(workspaceId, charges) {
      if (charges.length === 0) return;
      for (const charge of charges) unbooked.add(workspaceId, { id: charge.call.id, charge });
      await tell(workspaceId);
    },

    async release(workspaceId, id) {
      unbooked.add(workspaceId, { id, charge: null });
      await tell(workspaceId);
    },

    async retire(workspaceId, agentId) {
      await ask(clock, () => accountOf(workspaceId).retire(agentId));
    },
  };
}

/** What is sent at once. */
function partsOf<Item>(items: readonly Item[]): Item[][] {
  const parts: Item[][] = [];
  for (let start = 0; start < items.length; start += settleLimit) {
    parts.push(items.slice(start, start + settleLimit));
  }
  return parts;
}

/** What came late is borrowed again, for as long as anyone is patient: nobody acts on terms that have ended. */
async function current(borrow: () => Promise<AccountTerms>, clock: Clock): Promise<AccountTerms> {
  const givesUpAt = clock.now() + patienceMs;
  for (;;) {
    const terms = await borrow();
    const now = clock.now();
    if (now < terms.until) return terms;
    if (now >= givesUpAt) throw unreachable();
  }
}

/** Keeps the terms that hold longest: answers may overtake each other. */
function remember(memory: AccountMemory, workspaceId: string, terms: Borrowed, now: number): void {
  const known = memory.get(workspaceId);
  if (known !== undefined && known.until > terms.until) return;
  if (known === undefined && memory.size >= memoryLimit) {
    for (const [id, { until }] of memory) if (until <= now) memory.delete(id);
    if (memory.size >= memoryLimit) memory.clear();
  }
  memory.set(workspaceId, terms);
}

const unreachable = (cause?: unknown): ModelError =>
  new ModelError(
    "upstream_failed",
    "The workspace's account could not be reached, and without it no model is called: try again",
    { retryable: true, cause },
  );

/** Whether the object was restarted under the call: what is asked of accounts may be asked again. */
const wasRestarted = (error: unknown): boolean =>
  error instanceof Error && "retryable" in error && error.retryable === true;

/**
 * Asks an account's object, once more where it was restarted meanwhile.
 * @throws ModelError `upstream_failed`
 */
async function ask<Answer>(clock: Clock, question: () => Promise<Answer>): Promise<Answer> {
  try {
    return await inTime(clock, question());
  } catch (error) {
    if (!wasRestarted(error)) throw unreachable(error);
  }
  try {
    return await inTime(clock, question());
  } catch (error) {
    throw unreachable(error);
  }
}

function inTime<Answer>(clock: Clock, answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(patienceMs, () => reject(new Error(`no answer for ${patienceMs} ms`)));
    answer.then(resolve, reject).finally(cancel);
  });
}
