/**
 * What an isolate has still to tell accounts of calls that nobody else has a record of: what they cost, or that they
 * cost nothing. It is kept from before it is sent until the account has it, so that neither an account that
 * cannot be reached nor the end of the request that sent it loses it. Plain data: whoever comes by next sends it.
 */
import { log } from "../../observability/index.ts";
import type { Charge } from "./contract.ts";

/** What is to be told of one call: its charge, or null where its hold is given back. */
export interface Unbooked {
  id: string;
  charge: Charge | null;
}

interface Entry extends Unbooked {
  /** Epoch milliseconds at which it was last sent. */
  sentAt: number;
  failed: boolean;
}

/** Milliseconds after which what was sent is taken for lost: nobody waits for its answer any longer. */
const lostAfterMs = 25_000;
/** Calls that are kept at most, of all workspaces together. */
const keptLimit = 10_000;

export class UnbookedCalls {
  readonly #workspaces = new Map<string, Map<string, Entry>>();
  #size = 0;

  /** Whether anything is to be told to a workspace's account. */
  has(workspaceId: string): boolean {
    return this.#workspaces.has(workspaceId);
  }

  /** A charge says all that a release would. */
  add(workspaceId: string, { id, charge }: Unbooked): void {
    const entries = this.#workspaces.get(workspaceId) ?? new Map<string, Entry>();
    this.#workspaces.set(workspaceId, entries);
    const known = entries.get(id);
    if (known !== undefined && charge === null) return;
    if (known === undefined) this.#size += 1;
    entries.set(id, { id, charge, sentAt: -Infinity, failed: false });
    if (this.#size > keptLimit) this.#giveUpOldest();
  }

  /**
   * What is to be sent now: all that is not on its way, and what failed before apart from the rest, which it must not
   * hold up. It counts as sent from now on.
   */
  take(workspaceId: string, now: number): { fresh: Unbooked[]; again: Unbooked[] } {
    const due: { fresh: Unbooked[]; again: Unbooked[] } = { fresh: [], again: [] };
    for (const entry of this.#workspaces.get(workspaceId)?.values() ?? []) {
      if (now - entry.sentAt < lostAfterMs) continue;
      (entry.failed || entry.sentAt > 0 ? due.again : due.fresh).push(entry);
      entry.sentAt = now;
    }
    return due;
  }

  /** The account has them. */
  told(workspaceId: string, taken: readonly Unbooked[]): void {
    const entries = this.#workspaces.get(workspaceId);
    if (entries === undefined) return;
    for (const entry of taken) {
      // What was added meanwhile under the same id says more.
      if (entries.get(entry.id) === entry && entries.delete(entry.id)) this.#size -= 1;
    }
    if (entries.size === 0) this.#workspaces.delete(workspaceId);
  }

  /** The account could not be told: they may be sent again at once. */
  untold(workspaceId: string, taken: readonly Unbooked[]): void {
    const entries = this.#workspaces.get(workspaceId);
    for (const { id } of taken) {
      const entry = entries?.get(id);
      if (entry !== undefined) Object.assign(entry, { sentAt: -Infinity, failed: true });
    }
  }

  #giveUpOldest(): void {
    for (const [workspaceId, entries] of this.#workspaces) {
      for (const entry of entries.values()) {
        const { id, charge } = entry;
        log.error("models.call-not-booked", { workspaceId, id, costMicros: charge?.call.costMicros ?? 0 });
        this.told(workspaceId, [entry]);
        return;
      }
    }
  }
}
