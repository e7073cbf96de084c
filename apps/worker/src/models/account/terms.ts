/**
 * What holds in a workspace, lent for a short while: so that calls need not ask each time, and a change holds
 * everywhere by the time it is confirmed.
 *
 * Whoever asks is lent the terms for {@link leaseMs} from the moment of asking, by their own clock. A change
 * is stored first; from then on only the new terms are lent, and the change is confirmed when every loan of
 * other terms has ended. Loans are not stored one by one: after a crash, any that the disk does not rule
 * out may still be running, so confirmations wait as long as one lasts. (Leases: Gray and Cheriton, SOSP 1989.)
 */
import type { WorkspacePolicy } from "@orrery/protocol";
import { type Sql, keepSetting, setting } from "./store.ts";

/** Milliseconds for which terms are lent. */
export const leaseMs = 2_000;
/** Workers' clocks stand still while they compute: a borrower may notice the end of its loan that much late. */
const graceMs = 250;
/**
 * The disk knows a time by which every loan has ended, so that a workspace at rest need not wait after a start.
 * It is moved on by half a minute at once, a write rarely, and is kept ahead by what clocks of two machines may differ.
 */
const boundStepMs = 30_000;
const boundSlackMs = 5_000;

/** Terms as they are lent. */
export interface Lease {
  policy: WorkspacePolicy;
  budgeted: boolean;
  /** Milliseconds that they hold, from when they were asked for. */
  milliseconds: number;
}

export class Terms {
  readonly #sql: Sql;
  #policy: WorkspacePolicy | undefined;
  /** By when every loan of the present terms has ended. */
  #lentUntil = 0;
  /** By when every loan of other terms has ended. */
  #othersUntil: number;
  /** By when every loan has ended, as the disk knows it. */
  #bound: number;

  /** `now` is when the object starts: what it lent before, it cannot remember. */
  constructor(sql: Sql, now: number) {
    this.#sql = sql;
    this.#bound = Number(setting(sql, "lent-until") ?? 0);
    this.#othersUntil = Math.min(this.#bound, now + leaseMs + graceMs);
  }

  get policy(): WorkspacePolicy {
    this.#policy ??= (setting(this.#sql, "policy") ?? {}) as WorkspacePolicy; // written by setPolicy
    return this.#policy;
  }

  lend(budgeted: boolean, now: number): Lease {
    const end = now + leaseMs + graceMs;
    if (end + boundSlackMs > this.#bound) {
      this.#bound = now + boundStepMs;
      keepSetting(this.#sql, "lent-until", this.#bound);
    }
    this.#lentUntil = Math.max(this.#lentUntil, end);
    return { policy: this.policy, budgeted, milliseconds: leaseMs };
  }

  /** Stores the policy; it holds everywhere once `settledAt` has passed. */
  setPolicy(policy: WorkspacePolicy): void {
    if (JSON.stringify(policy) === JSON.stringify(this.policy)) return;
    this.#policy = undefined;
    keepSetting(this.#sql, "policy", policy);
    this.changed();
  }

  /** What is lent from now on differs from what was lent so far. Say so after it is stored. */
  changed(): void {
    this.#othersUntil = Math.max(this.#othersUntil, this.#lentUntil);
    this.#lentUntil = 0;
  }

  /** Epoch milliseconds from which on nobody acts on terms other than the present ones. */
  get settledAt(): number {
    return this.#othersUntil;
  }
}
