/**
 * Vaults of workspaces in this isolate. Their keys are lent by the key-ring object for a short while, still wrapped,
 * and opened here: a data key never crosses to another process, and lives in memory no longer than its lease.
 */
import { OrreryError, valueOf } from "@orrery/protocol";
import type { Outcome } from "@orrery/protocol";
import type { Vault } from "../keys/contract.ts";
import { leaseMs, openDataKeys, sealingKey } from "./data-keys.ts";
import type { DataKey } from "./data-keys.ts";
import { keyEncryptionKeysOf } from "./key-encryption-keys.ts";
import type { WrappedKey } from "./wrapping.ts";
import { workspaceVault } from "./workspace-vault.ts";

/** Milliseconds after which a lease is renewed by whoever comes next. */
const renewAfterMs = leaseMs / 3;
/** Leases kept; beyond, those that are over go. */
const kept = 1_000;

export class LeasedVault {
  readonly vault: Vault;
  readonly #env: Pick<Env, "KEYRINGS" | "KEY_ENCRYPTION_KEY">;
  readonly #workspaceId: string;
  readonly #now: () => number;
  #keys: readonly DataKey[] = [];
  #leasedAt = Number.NEGATIVE_INFINITY;
  /** Counts leases that were ended here: what was asked for before that is not kept. */
  #ended = 0;
  /** Why there is no lease, where it was refused. */
  #refused: OrreryError | null = null;

  constructor(
    env: Pick<Env, "KEYRINGS" | "KEY_ENCRYPTION_KEY">,
    workspaceId: string,
    now: () => number = Date.now,
  ) {
    this.#env = env;
    this.#workspaceId = workspaceId;
    this.#now = now;
    this.vault = workspaceVault({
      workspaceId,
      sealing: () => sealingKey(this.#valid(), now()),
      opening: (version) => this.#valid().find((key) => key.version === version)?.key,
    });
  }

  get over(): boolean {
    return this.#now() - this.#leasedAt >= leaseMs;
  }

  /**
   * The vault with a lease that lasts at least two thirds of its time. Where it cannot be renewed just now, the one
   * there is goes on to its end.
   * @throws OrreryError `not_found` where the key was destroyed, `conflict` where KEY_ENCRYPTION_KEY is no use
   */
  async renewed(): Promise<Vault> {
    const now = this.#now();
    if (now - this.#leasedAt < renewAfterMs) return this.vault;
    const ended = this.#ended;
    const outcome = await this.#ask();
    if (outcome === null) return this.vault;
    if (ended !== this.#ended) return await this.renewed();
    if (!outcome.ok) {
      this.forget();
      this.#refused = new OrreryError(outcome.refusal.code, outcome.refusal.message);
      throw this.#refused;
    }
    const keys = openDataKeys(valueOf(outcome), keyEncryptionKeysOf(this.#env), this.#workspaceId);
    // Another, who asked later, was answered before.
    if (now < this.#leasedAt) return this.vault;
    wipe(this.#keys);
    this.#keys = keys;
    // From when it was asked for: what was destroyed meanwhile lives no longer for it.
    this.#leasedAt = now;
    this.#refused = null;
    return this.vault;
  }

  /** Ends the lease and wipes the keys. */
  forget(): void {
    wipe(this.#keys);
    this.#keys = [];
    this.#ended += 1;
    this.#leasedAt = Number.NEGATIVE_INFINITY;
  }

  /** Null where nobody answered and the lease goes on. */
  async #ask(): Promise<Outcome<WrappedKey[]> | null> {
    try {
      return await this.#env.KEYRINGS.getByName(this.#workspaceId).lendDataKeys();
    } catch (error) {
      if (this.over) throw error;
      return null;
    }
  }

  #valid(): readonly DataKey[] {
    if (!this.over) return this.#keys;
    this.forget();
    throw this.#refused ?? new OrreryError("internal", "The lease of the workspace's key is over");
  }
}

function wipe(keys: readonly DataKey[]): void {
  for (const { key } of keys) key.fill(0);
}

/** The runtime hands every request of an isolate the same `env`, which thus stands for the isolate. */
const isolates = new WeakMap<object, Map<string, LeasedVault>>();

function leasesOf(env: object): Map<string, LeasedVault> {
  let leases = isolates.get(env);
  if (!leases) isolates.set(env, (leases = new Map<string, LeasedVault>()));
  return leases;
}

/**
 * The vault of a workspace; made with its first use. Ask again before each piece of work: what this resolves with is
 * good for twenty seconds.
 * @throws OrreryError as {@link LeasedVault.renewed} does
 */
export function vaultFor(
  env: Pick<Env, "KEYRINGS" | "KEY_ENCRYPTION_KEY">,
  workspaceId: string,
): Promise<Vault> {
  const leases = leasesOf(env);
  let lease = leases.get(workspaceId);
  if (!lease) {
    if (leases.size >= kept) {
      for (const [id, other] of leases) if (other.over) leases.delete(id);
    }
    lease = new LeasedVault(env, workspaceId);
    leases.set(workspaceId, lease);
  }
  return lease.renewed();
}

/** Ends this isolate's lease: the key has changed, or is no more. */
export function forgetVault(env: object, workspaceId: string): void {
  leasesOf(env).get(workspaceId)?.forget();
}
