/**
 * Seals what a confidential agent keeps. Its workspace's vault is lent for a short while, so it is asked for before each
 * piece of work; what follows is synchronous, and stands inside transactions.
 */
import { OrreryError } from "@orrery/protocol";
import { log } from "../observability/index.ts";
import { keyringFor } from "../security/index.ts";
import type { Vault } from "../security/index.ts";
import type { AgentRecords } from "./agent-records.ts";
import type { ColumnSeal } from "./execution-columns.ts";

/** Milliseconds after which a vault that is in use is asked for again. */
const renewMs = 5_000;

export class AgentSeal implements ColumnSeal {
  readonly #env: Env;
  readonly #records: AgentRecords;
  #vault: Vault | null = null;
  /** Why there is no vault. */
  #refusal: OrreryError | null = null;

  constructor(env: Env, records: AgentRecords) {
    this.#env = env;
    this.#records = records;
  }

  /** Whether what the agent keeps is sealed. */
  get active(): boolean {
    return this.#records.exists && this.#records.settings.confidential;
  }

  /** Whether the workspace's key was destroyed: what was sealed is gone, and nothing new can be sealed. */
  get lost(): boolean {
    return this.#refusal?.code === "not_found";
  }

  /** Whether the workspace's key opens just now, or is known to be no more: either way, what is sealed has an answer. */
  get settled(): boolean {
    return this.#refusal === null || this.lost;
  }

  /**
   * Resolves when the vault can be used for a while, or when it is known why it cannot.
   * @throws whatever keeps the workspace's key from being asked for
   */
  async ready(): Promise<void> {
    if (this.active) await this.#ask(this.#records.known.workspaceId);
  }

  /** For an agent that is about to be made. @throws OrreryError where its workspace cannot seal */
  async assertAble(workspaceId: string): Promise<void> {
    await this.#ask(workspaceId);
    this.assertUsable();
  }

  /** @throws OrreryError `conflict` where nothing can be sealed: the workspace's key was destroyed, or does not open */
  assertUsable(): void {
    if (this.lost) {
      throw new OrreryError(
        "conflict",
        "The workspace's key was destroyed: nothing can be sealed until a new one is made by rotating it.",
      );
    }
    if (this.#refusal) throw this.#refusal;
  }

  /** Keeps the vault usable until what it returns is called. */
  hold(): () => void {
    if (!this.active) return () => undefined;
    const renew = (): void =>
      void this.ready().catch((error: unknown) => log.warn("agent.key-not-renewed", { error }));
    const timer = setInterval(renew, renewMs);
    return () => clearInterval(timer);
  }

  /** The vault for what is asynchronous; null for an agent that is not confidential. */
  async vault(): Promise<Vault | null> {
    return this.active ? await keyringFor(this.#env, this.#records.known.workspaceId).vault() : null;
  }

  /** Seals a value that JSON can hold. @throws OrreryError as {@link assertUsable}, or where the lease is over */
  close(value: unknown, place: string): Uint8Array {
    return this.#usable().seal(new TextEncoder().encode(JSON.stringify(value)), this.#placeOf(place));
  }

  /**
   * What {@link close} sealed; undefined where its key was destroyed.
   * @throws OrreryError where it cannot be opened now, or was altered
   */
  open(sealed: Uint8Array, place: string): unknown {
    if (this.lost) return undefined;
    try {
      const plain = this.#usable().open(sealed, this.#placeOf(place));
      return JSON.parse(new TextDecoder().decode(plain));
    } catch (error) {
      if (error instanceof OrreryError && error.code === "not_found") return undefined;
      throw error;
    }
  }

  #usable(): Vault {
    this.assertUsable();
    if (!this.#vault) throw new OrreryError("internal", "The workspace's key was not asked for");
    return this.#vault;
  }

  #placeOf(place: string): string {
    return `agents/${this.#records.settings.id}/${place}`;
  }

  async #ask(workspaceId: string): Promise<void> {
    try {
      this.#vault = await keyringFor(this.#env, workspaceId).vault();
      this.#refusal = null;
    } catch (error) {
      if (!(error instanceof OrreryError)) throw error;
      this.#refusal = error;
    }
  }
}
