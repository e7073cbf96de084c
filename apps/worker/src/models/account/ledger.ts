/**
 * What is set aside and what is spent. Whatever was granted is still held, was settled, or was released:
 * `granted = held + settled + released`, after each step and after a crash between any two. A hold whose time is
 * over counts as settled, for all that it held, until the call's own record says what it really took.
 *
 * Everything goes by the id of the provider's call, so that each step may be done again: a hold or a charge
 * that is there already stays as it is.
 */
import type { Charge, HoldRequest } from "./contract.ts";
import type { Budgets, Refusal } from "./budgets.ts";
import type { Calls } from "./calls.ts";
import { dayOf } from "./days.ts";
import type { Holds } from "./holds.ts";
import type { Held } from "./held-row.ts";
import type { LapsedHolds } from "./lapsed-holds.ts";
import type { Expense, Spending } from "./spending.ts";
import type { AccountStore, Sql } from "./store.ts";
import { targetsOf } from "./targets.ts";
import type { UsageBook } from "./usage.ts";

/** Micro-dollars of all holds that ever were. */
export interface Balance {
  granted: number;
  held: number;
  settled: number;
  released: number;
}

/** A call that cost more than was held for it. Its whole cost was booked. */
export interface Overrun {
  callId: string;
  heldMicros: number;
  costMicros: number;
}

export interface Books {
  budgets: Budgets;
  holds: Holds;
  lapsed: LapsedHolds;
  calls: Calls;
  spending: Spending;
  usage: UsageBook;
}

export class Ledger {
  readonly #store: AccountStore;
  readonly #sql: Sql;
  readonly #books: Books;

  constructor(store: AccountStore, books: Books) {
    this.#store = store;
    this.#sql = store.sql;
    this.#books = books;
  }

  /** Sets money aside in every budget that applies, or in none: then says why not. */
  hold(request: HoldRequest, now: number): Refusal | null {
    const { id, caller, micros, expiresAt } = request;
    const { budgets, calls, holds, lapsed } = this.#books;
    return this.#atomically(() => {
      this.#expire(now);
      if (holds.has(id) || lapsed.has(id) || calls.has(id)) return null;
      const refusal = budgets.refusal(caller, micros, now);
      if (refusal !== null || micros === 0) return refusal;
      holds.add({ id, targets: targetsOf(caller), micros, day: dayOf(now), expiresAt });
      this.#move({ granted: micros });
      return null;
    });
  }

  /** Why a hold would not be granted now; null where it would. Nothing is set aside. */
  refusal({ caller, micros }: HoldRequest, now: number): Refusal | null {
    this.expire(now);
    return this.#books.budgets.refusal(caller, micros, now);
  }

  /**
   * Books what calls really cost, on the day of their hold; without one, on the day on which they began.
   * Returns those that cost more than was held.
   */
  settle(charges: readonly Charge[], now: number): Overrun[] {
    const { calls, spending, usage } = this.#books;
    return this.#atomically(() => {
      const overruns: Overrun[] = [];
      const expenses: Expense[] = [];
      for (const charge of charges) {
        const { call, caller } = charge;
        const hold = this.#takeHold(call.id);
        const day = hold?.day ?? dayOf(Math.min(Date.parse(call.startedAt), now));
        const micros = call.costMicros;
        if (!calls.add(charge, day, now)) {
          if (hold !== null) this.#move({ released: hold.micros });
          continue;
        }
        usage.add(charge, day);
        expenses.push({ targets: targetsOf(caller), micros, day });
        if (hold === null) continue;
        const settled = Math.min(micros, hold.micros);
        this.#move({ settled, released: hold.micros - settled });
        if (micros > hold.micros) {
          overruns.push({ callId: call.id, heldMicros: hold.micros, costMicros: micros });
        }
      }
      spending.book(expenses);
      return overruns;
    });
  }

  /** Gives holds back. Ids without one change nothing. */
  release(ids: readonly string[]): void {
    this.#atomically(() => {
      let released = 0;
      for (const id of ids) released += this.#takeHold(id)?.micros ?? 0;
      this.#move({ released });
    });
  }

  /** Counts the holds whose time is over as spent. */
  expire(now: number): void {
    this.#atomically(() => this.#expire(now));
  }

  balance(): Balance {
    const [row] = this.#sql.exec(`SELECT granted, settled, released FROM balance`).toArray();
    return {
      granted: Number(row?.["granted"]),
      held: this.#books.holds.sum(),
      settled: Number(row?.["settled"]),
      released: Number(row?.["released"]),
    };
  }

  #atomically<Result>(work: () => Result): Result {
    try {
      return this.#store.transactionSync(work);
    } catch (error) {
      this.#books.holds.forget();
      this.#books.lapsed.undone();
      throw error;
    }
  }

  #expire(now: number): void {
    const { holds, lapsed, spending } = this.#books;
    const expired = holds.expire(now);
    if (expired.length === 0) return;
    for (const held of expired) lapsed.add(held);
    spending.book(expired);
    this.#move({ settled: expired.reduce((sum, { micros }) => sum + micros, 0) });
  }

  /** Ends a call's hold, which from now on is neither held nor counts as spent; null where there is none. */
  #takeHold(id: string): Held | null {
    const { holds, lapsed, spending } = this.#books;
    const held = holds.take(id);
    if (held !== null) return held;
    const assumed = lapsed.take(id);
    if (assumed === null) return null;
    spending.book([{ ...assumed, micros: -assumed.micros }]);
    this.#move({ settled: -assumed.micros });
    return assumed;
  }

  #move({ granted = 0, settled = 0, released = 0 }: Partial<Balance>): void {
    if (granted === 0 && settled === 0 && released === 0) return;
    this.#sql.exec(
      `UPDATE balance SET granted = granted + ?, settled = settled + ?, released = released + ?`,
      granted,
      settled,
      released,
    );
  }
}
