/** All of a workspace's account, over its storage: what the Durable Object does, without being one. */
import type { Budget, CreateBudget, UsageReport, WorkspacePolicy } from "@orrery/protocol";
import type { Clock } from "../clock.ts";
import { Budgets, type Conflict, type Refusal } from "./budgets.ts";
import { Calls } from "./calls.ts";
import type { Charge, HoldRequest } from "./contract.ts";
import { Holds } from "./holds.ts";
import { type Balance, Ledger, type Overrun } from "./ledger.ts";
import { Spending } from "./spending.ts";
import { type AccountStore, migrate } from "./store.ts";
import { type Lease, Terms } from "./terms.ts";
import { type BadRange, UsageBook, type UsageQuestion } from "./usage.ts";

export class AccountBooks {
  readonly #clock: Clock;
  readonly #holds: Holds;
  readonly #calls: Calls;
  readonly #budgets: Budgets;
  readonly #usage: UsageBook;
  readonly #ledger: Ledger;
  readonly #terms: Terms;

  constructor(store: AccountStore, clock: Clock) {
    migrate(store.sql);
    this.#clock = clock;
    this.#holds = new Holds(store.sql);
    this.#calls = new Calls(store.sql);
    this.#usage = new UsageBook(store.sql);
    const spending = new Spending(store.sql);
    this.#budgets = new Budgets(store.sql, spending, this.#holds);
    this.#ledger = new Ledger(store, {
      budgets: this.#budgets,
      holds: this.#holds,
      calls: this.#calls,
      usage: this.#usage,
      spending,
    });
    this.#terms = new Terms(store.sql, clock.now());
  }

  lend(): Lease {
    return this.#terms.lend(this.#budgets.any, this.#clock.now());
  }

  /** Null where the money is set aside; else why not. */
  hold(request: HoldRequest): Refusal | null {
    return this.#ledger.hold(request, this.#clock.now());
  }

  settle(charges: readonly Charge[]): Overrun[] {
    return this.#ledger.settle(charges, this.#clock.now());
  }

  release(ids: readonly string[]): void {
    this.#ledger.release(ids);
  }

  policy(): WorkspacePolicy {
    return this.#terms.policy;
  }

  /** Resolves when nobody acts on another policy any more. */
  async setPolicy(policy: WorkspacePolicy): Promise<void> {
    this.#terms.setPolicy(policy);
    await this.#settled();
  }

  budgets(): Budget[] {
    this.#ledger.expire(this.#clock.now());
    return this.#budgets.list(this.#clock.now());
  }

  /** Null where there is none of that id. */
  budget(id: string): Budget | null {
    this.#ledger.expire(this.#clock.now());
    return this.#budgets.get(id, this.#clock.now());
  }

  /** Resolves when no call is made any more that the budget does not count. */
  async createBudget(budget: CreateBudget): Promise<Budget | Conflict> {
    const anyBefore = this.#budgets.any;
    const created = this.#budgets.create(budget, this.#clock.now());
    if (this.#budgets.any !== anyBefore) this.#terms.changed();
    await this.#settled();
    return created;
  }

  /** Null where there is none of that id. Holds from now on: every call of a budgeted workspace asks here. */
  async updateBudget(id: string, limitMicros: number): Promise<Budget | null> {
    const updated = this.#budgets.update(id, limitMicros, this.#clock.now());
    await this.#settled();
    return updated;
  }

  /** False where there is none of that id. Those who still ask for holds get them. */
  deleteBudget(id: string): boolean {
    const removed = this.#budgets.remove(id);
    if (removed && !this.#budgets.any) this.#terms.changed();
    return removed;
  }

  usage(question: UsageQuestion): UsageReport | BadRange {
    return this.#usage.report(question, this.#clock.now());
  }

  balance(): Balance {
    return this.#ledger.balance();
  }

  /** What is to be done without being asked: gives expired holds back and forgets old calls. */
  tidy(): void {
    const now = this.#clock.now();
    this.#ledger.expire(now);
    const pruning = this.#calls.nextPruning();
    if (pruning !== null && pruning <= now) this.#calls.prune(now);
  }

  /** When to tidy next, in epoch milliseconds; null where there is nothing to do. */
  nextTidying(): number | null {
    const times = [this.#holds.nextExpiry(), this.#calls.nextPruning()].filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  #settled(): Promise<void> {
    const left = this.#terms.settledAt - this.#clock.now();
    return left <= 0 ? Promise.resolve() : new Promise((resolve) => void this.#clock.after(left, resolve));
  }
}
