/** All of a workspace's account, over its storage: what the Durable Object does, without being one. */
import type { Budget, CreateBudget, UsageReport, WorkspacePolicy } from "@orrery/protocol";
import type { Clock } from "../clock.ts";
import { Budgets, type Conflict, type Refusal } from "./budgets.ts";
import { Calls } from "./calls.ts";
import type { Charge, HoldRequest } from "./contract.ts";
import { dayAfter, dayOf } from "./days.ts";
import { Holds } from "./holds.ts";
import { LapsedHolds } from "./lapsed-holds.ts";
import { type Balance, Ledger, type Overrun } from "./ledger.ts";
import { Pruning } from "./pruning.ts";
import { Spending } from "./spending.ts";
import { type AccountStore, migrate } from "./store.ts";
import { type Lease, Terms } from "./terms.ts";
import { scopes } from "./targets.ts";
import { type BadQuestion, UsageBook, type UsageLines, type UsagePage, type UsageQuestion } from "./usage.ts";

/** Days without a call after which it is forgotten what a target has spent. */
const idleDays = 366;

export class AccountBooks {
  readonly #clock: Clock;
  readonly #store: AccountStore;
  readonly #holds: Holds;
  readonly #lapsed: LapsedHolds;
  readonly #calls: Calls;
  readonly #spending: Spending;
  readonly #pruning: Pruning;
  readonly #budgets: Budgets;
  readonly #usage: UsageBook;
  readonly #ledger: Ledger;
  readonly #terms: Terms;

  constructor(store: AccountStore, clock: Clock) {
    migrate(store.sql);
    this.#clock = clock;
    this.#store = store;
    this.#holds = new Holds(store.sql);
    this.#lapsed = new LapsedHolds(store.sql);
    this.#calls = new Calls(store.sql);
    this.#pruning = new Pruning(store.sql);
    this.#usage = new UsageBook(store.sql);
    this.#spending = new Spending(store.sql);
    this.#budgets = new Budgets(store.sql, this.#spending, this.#holds);
    this.#ledger = new Ledger(store, {
      budgets: this.#budgets,
      holds: this.#holds,
      lapsed: this.#lapsed,
      calls: this.#calls,
      usage: this.#usage,
      spending: this.#spending,
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

  /** Why a hold would not be granted now; null where it would. */
  refusal(request: HoldRequest): Refusal | null {
    return this.#ledger.refusal(request, this.#clock.now());
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

  usage(question: UsageQuestion & UsagePage): UsageReport | BadQuestion {
    return this.#usage.report(question, this.#clock.now());
  }

  usageLines(question: UsageQuestion & { after: string | null; limit: number }): UsageLines | BadQuestion {
    return this.#usage.lines(question, this.#clock.now());
  }

  /** Keeps nothing of an agent that was removed but what it adds to the sums over all such agents. */
  retire(agentId: string): void {
    this.#ledger.expire(this.#clock.now());
    this.#store.transactionSync(() => {
      this.#usage.retire(agentId);
      this.#lapsed.settle(agentId);
      this.#spending.forget("agent", agentId);
    });
  }

  balance(): Balance {
    return this.#ledger.balance();
  }

  /** What is to be done without being asked: counts expired holds as spent and forgets what is old. */
  tidy(): void {
    const now = this.#clock.now();
    this.#ledger.expire(now);
    const pruning = this.#nextPruning();
    if (pruning !== null && pruning <= now) this.#pruning.run(now, (before) => this.#prune(before, now));
  }

  /** When to tidy next, in epoch milliseconds; null where there is nothing to do. */
  nextTidying(): number | null {
    return earliest(this.#holds.nextExpiry(), this.#nextPruning());
  }

  #nextPruning(): number | null {
    return this.#pruning.next(earliest(this.#calls.oldest(), this.#lapsed.oldest()));
  }

  /** Says whether something is left to forget. */
  #prune(before: number, now: number): boolean {
    const left = [this.#calls.forget(before), this.#lapsed.forget(before)];
    const lately = dayAfter(dayOf(now), -idleDays);
    for (const scope of scopes) {
      // A budget in all goes by what its targets ever spent, however long ago.
      if (scope !== "workspace" && !this.#budgets.inAll(scope)) {
        left.push(this.#spending.forgetIdle(scope, lately));
      }
    }
    return left.includes(true);
  }

  #settled(): Promise<void> {
    const left = this.#terms.settledAt - this.#clock.now();
    return left <= 0 ? Promise.resolve() : new Promise((resolve) => void this.#clock.after(left, resolve));
  }
}

/** The first of some times, of which those that are null never come. */
function earliest(...times: readonly (number | null)[]): number | null {
  const coming = times.filter((time) => time !== null);
  return coming.length === 0 ? null : Math.min(...coming);
}
