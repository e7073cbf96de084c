/** The contract between the gateway and a workspace's account. No implementation lives here. */
import type { ModelCall, WorkspacePolicy } from "@orrery/protocol";
import type { Caller } from "../contract.ts";

/** What holds in a workspace until `until`: no change of it takes effect before that. */
export interface AccountTerms {
  policy: WorkspacePolicy;
  /** Whether any budget exists; without one, calls need no hold. */
  budgeted: boolean;
  /** Epoch milliseconds. */
  until: number;
}

export interface HoldRequest {
  /** The provider call's id: asking again for the same one changes nothing. */
  id: string;
  caller: Caller;
  /** The most that the call can cost, in micro-dollars. */
  micros: number;
  /** Epoch milliseconds after which a hold that nobody settled is released by itself. */
  expiresAt: number;
}

/** A provider call that has ended, and who made it. */
export interface Charge {
  call: ModelCall;
  caller: Caller;
}

export interface Account {
  /** Known terms at once, without a promise, as long as they hold; else they are asked for. */
  terms(workspaceId: string): AccountTerms | Promise<AccountTerms>;
  /**
   * Sets `micros` aside in every budget that applies, or in none. Needed only where `terms` says `budgeted`.
   * @throws ModelError `budget_exceeded`, which names the budget
   */
  hold(request: HoldRequest): Promise<void>;
  /** Turns holds into what was spent; without a hold, just books it. Booking the same call again changes nothing. */
  settle(workspaceId: string, charges: readonly Charge[]): Promise<void>;
  /** Gives holds back: their calls cost nothing. Those already settled stay so. */
  release(workspaceId: string, ids: readonly string[]): Promise<void>;
}
