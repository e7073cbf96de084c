import { DurableObject } from "cloudflare:workers";
import type { Budget, CreateBudget, UsageReport, WorkspacePolicy } from "@orrery/protocol";
import { log } from "../../observability/index.ts";
import { systemClock } from "../clock.ts";
import { AccountBooks } from "./account-books.ts";
import type { Conflict, Refusal } from "./budgets.ts";
import type { Charge, HoldRequest } from "./contract.ts";
import type { Lease } from "./terms.ts";
import type { BadQuestion, UsageLines, UsagePage, UsageQuestion } from "./usage.ts";

/**
 * The account of one workspace, whose id is the object's name: its policy, its budgets, what is held for calls
 * under way and what was spent. Calls of one object are answered one after the other, so that however many
 * ask at once, no two take the same money. Refusals are answers: classes of errors do not survive RPC.
 */
export class AccountObject extends DurableObject<Env> {
  readonly #books = new AccountBooks(this.ctx.storage, systemClock);
  /** While writes are on their way to the disk, the next wait for it, and are then written together. */
  #writing: Promise<void> | null = null;
  /** When the alarm is set for; null where this is not known, or it is not set. */
  #wakesAt: number | null = null;

  /** Lends the workspace's terms. */
  lend(): Lease {
    return this.#books.lend();
  }

  /** Null where the money is set aside; else why not. */
  async hold(request: HoldRequest): Promise<Refusal | null> {
    const refusal = await this.#write(() => this.#books.hold(request));
    if (refusal === null) await this.#wakeBy(request.expiresAt);
    return refusal;
  }

  /** Why a hold would not be granted now; null where it would. */
  refusal(request: HoldRequest): Refusal | null {
    return this.#books.refusal(request);
  }

  async settle(charges: readonly Charge[]): Promise<void> {
    const overruns = await this.#write(() => this.#books.settle(charges));
    for (const overrun of overruns) log.warn("models.hold-exceeded", { ...overrun });
    if (this.#wakesAt === null) await this.#wakeBy(Infinity);
  }

  async release(ids: readonly string[]): Promise<void> {
    await this.#write(() => this.#books.release(ids));
  }

  policy(): WorkspacePolicy {
    return this.#books.policy();
  }

  setPolicy(policy: WorkspacePolicy): Promise<void> {
    return this.#books.setPolicy(policy);
  }

  budgets(): Budget[] {
    return this.#books.budgets();
  }

  budget(id: string): Budget | null {
    return this.#books.budget(id);
  }

  createBudget(budget: CreateBudget): Promise<Budget | Conflict> {
    return this.#books.createBudget(budget);
  }

  updateBudget(id: string, limitMicros: number): Promise<Budget | null> {
    return this.#books.updateBudget(id, limitMicros);
  }

  deleteBudget(id: string): boolean {
    return this.#books.deleteBudget(id);
  }

  usage(question: UsageQuestion & UsagePage): UsageReport | BadQuestion {
    return this.#books.usage(question);
  }

  usageLines(question: UsageQuestion & { after: string | null; limit: number }): UsageLines | BadQuestion {
    return this.#books.usageLines(question);
  }

  /** Keeps nothing of an agent that was removed but what it adds to the sums over all such agents. */
  retire(agentId: string): void {
    this.#books.retire(agentId);
  }

  override async alarm(): Promise<void> {
    this.#wakesAt = null;
    this.#books.tidy();
    await this.#wakeBy(Infinity);
  }

  /**
   * Does `work` when the writes before it are on disk. All that waits meanwhile is done in one turn, which is
   * one commit: five hundred calls at once wait for two commits and not for five hundred.
   */
  async #write<Result>(work: () => Result): Promise<Result> {
    if (this.#writing !== null) await this.#writing;
    const result = work();
    this.#writing ??= this.ctx.storage.sync().finally(() => {
      this.#writing = null;
    });
    return result;
  }

  /** Sets the alarm for `time` or what is due before it; one that is set earlier stays. */
  async #wakeBy(time: number): Promise<void> {
    if (this.#wakesAt !== null && this.#wakesAt <= time) return;
    const due = this.#wakesAt === null ? this.#books.nextTidying() : time;
    if (due === null) return;
    this.#wakesAt = due;
    await this.ctx.storage.setAlarm(due);
  }
}
