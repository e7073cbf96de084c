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
  /** Epoch milliseconds after which a hold that nobody settled counts as spent. */
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
  /**
   * Whether {@link hold} would be granted now; sets nothing aside.
   * @throws ModelError as `hold` does
   */
  afford(request: HoldRequest): Promise<void>;
  /** Turns holds into what was spent; without a hold, just books it. Booking the same call again changes nothing. */
  settle(workspaceId: string, charges: readonly Charge[]): Promise<void>;
  /**
   * {@link settle} for calls of which nobody else has a record. Where the account cannot be reached they are kept in
   * this isolate, and booked as soon as somebody reaches it. Never rejects.
   */
  book(workspaceId: string, charges: readonly Charge[]): Promise<void>;
  /** Gives a hold back: its call cost nothing. One already settled stays so. As `book`, sooner or later. */
  release(workspaceId: string, id: string): Promise<void>;
  /** Sums up a removed agent with all that were; throws where the account cannot be reached. */
  retire(workspaceId: string, agentId: string): Promise<void>;
}
