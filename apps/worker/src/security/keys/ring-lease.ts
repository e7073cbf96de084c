import { type Outcome, valueOf } from "@orrery/protocol";
import { KeyIndex } from "./key-index.ts";
import type { Ring } from "./ring.ts";

/** Milliseconds for which an isolate goes by the ring it was lent: a retired key counts that much longer at most. */
export const leaseFor = 15_000;

/** Milliseconds before somebody who is looked for in vain is asked for again. */
const askAgainAfter = 1_000;

/** As much of a KeyRingObject as lends. */
export interface Lender {
  lend(): Promise<Ring>;
  lendSigning(): Promise<Outcome<Ring>>;
}

/**
 * A workspace's ring as one isolate has it. No promise is shared between requests: on Workers, one that waits for
 * another's I/O may wait for ever.
 */
export class RingLease {
  readonly #lender: () => Lender;
  readonly #now: () => number;
  #index: KeyIndex | null = null;
  #takenAt = Number.NEGATIVE_INFINITY;
  /** Counts changes made here: what was asked for before one is not kept. */
  #changes = 0;

  constructor(lender: () => Lender, now: () => number) {
    this.#lender = lender;
    this.#now = now;
  }

  /** The ring, as it was within the lease. */
  async ring(): Promise<KeyIndex> {
    const known = this.#index;
    if (known !== null && this.#now() - this.#takenAt < leaseFor) return known;
    return this.#take((lender) => lender.lend());
  }

  /** The ring as it is now, or was a second ago: for whoever looks for a key that may be new. */
  async renewed(): Promise<KeyIndex> {
    const known = this.#index;
    if (known !== null && this.#now() - this.#takenAt < askAgainAfter) return known;
    return this.#take((lender) => lender.lend());
  }

  /** The ring with a key of the workspace's own to sign with. @throws OrreryError conflict where none can be made */
  async signing(): Promise<KeyIndex> {
    return this.#take(async (lender) => valueOf(await lender.lendSigning()));
  }

  /** For whoever changed the keys. */
  forget(): void {
    this.#changes += 1;
    this.#index = null;
  }

  async #take(lend: (lender: Lender) => Promise<Ring>): Promise<KeyIndex> {
    const changes = this.#changes;
    const askedAt = this.#now();
    const index = new KeyIndex(await lend(this.#lender()));
    if (changes === this.#changes && askedAt >= this.#takenAt) {
      this.#index = index;
      this.#takenAt = askedAt;
    }
    return index;
  }
}

/** Workspaces whose rings one isolate keeps; the one that was lent longest ago is forgotten first. */
const remembered = 1_000;

const isolates = new WeakMap<Env, Map<string, RingLease>>();

/** The isolate's lease of a workspace's ring. */
export function ringLeaseOf(env: Env, workspaceId: string): RingLease {
  let leases = isolates.get(env);
  if (leases === undefined) isolates.set(env, (leases = new Map<string, RingLease>()));
  const known = leases.get(workspaceId);
  if (known !== undefined) return known;
  const lease = new RingLease(() => env.KEYRINGS.getByName(workspaceId), Date.now);
  leases.set(workspaceId, lease);
  if (leases.size > remembered) {
    const oldest = leases.keys().next();
    if (!oldest.done) leases.delete(oldest.value);
  }
  return lease;
}
