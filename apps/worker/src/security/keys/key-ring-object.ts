import { DurableObject } from "cloudflare:workers";
import {
  type CreatedKey,
  type Key,
  OrreryError,
  type Outcome,
  type Page,
  type WorkspaceKey,
  outcomeOf,
} from "@orrery/protocol";
import { DataKeyStore, type WrappedKey, keyEncryptionKeysOf } from "../encryption/index.ts";
import { type KeyMaterial, type KeyOrder, checkOrder, materialFor } from "./key-rules.ts";
import { KeyStore } from "./key-store.ts";
import { announceRing } from "./known-rings.ts";
import { NonceStore } from "./nonce-store.ts";
import type { Ring } from "./ring.ts";
import type { SecretBox } from "./secret-box.ts";

/** What the workspace signs with where nobody made another key. */
const defaultOrder: KeyOrder = {
  use: "sign",
  algorithm: "Ed25519",
  holder: { kind: "workspace" },
  scopes: [],
};

/** Milliseconds between two alarms at least, so that an object in use does not wake all the time. */
const leastRest = 60_000;

const secretOf = ({ privateJwk }: KeyMaterial): string | undefined =>
  privateJwk?.kty === "oct" ? privateJwk.k : undefined;

/**
 * The keys of one workspace, whose id is the object's name. Isolates are lent them for a short while; only changes
 * and nonces come here. Errors cross RPC as values, since classes do not survive it.
 */
export class KeyRingObject extends DurableObject<Env> {
  readonly #keys = new KeyStore(this.ctx.storage.sql);
  readonly #nonces = new NonceStore(this.ctx.storage.sql);
  /** Made when it is first needed: it makes its table. */
  #dataKeyStore: DataKeyStore | null = null;
  /** When the alarm is set for; null where this is not known, or it is not set. */
  #wakesAt: number | null = null;

  /** Lends the keys that are not retired. */
  lend(): Ring {
    const now = Date.now();
    return this.#keys.ring(this.#keys.holdsSecrets(now) ? this.#boxOrNone() : null, now);
  }

  /** Lends them once the workspace has a key to sign with; one is made where there is none. */
  lendSigning(): Promise<Outcome<Ring>> {
    return outcomeOf(async () => {
      if (!this.#keys.has(defaultOrder.holder, "sign")) {
        const material = await materialFor(defaultOrder);
        await announceRing(this.env.DB, this.#workspaceId);
        // Another call may have made it meanwhile.
        if (!this.#keys.has(defaultOrder.holder, "sign")) this.#add(defaultOrder, material);
      }
      return this.lend();
    });
  }

  list(limit: number, cursor: string | undefined): Promise<Outcome<Page<Key>>> {
    return outcomeOf(() => this.#keys.list(limit, cursor, Date.now()));
  }

  find(id: string): Promise<Outcome<Key>> {
    return outcomeOf(() => this.#keys.get(id, Date.now()));
  }

  create(order: KeyOrder): Promise<Outcome<CreatedKey>> {
    return outcomeOf(async () => {
      checkOrder(order);
      const material = await materialFor(order);
      await announceRing(this.env.DB, this.#workspaceId);
      const key = this.#add(order, material);
      const secret = order.secret === undefined ? secretOf(material) : undefined;
      await this.#tidy();
      return { ...key, ...(secret !== undefined && { secret }) };
    });
  }

  /** `overlap` is in seconds. */
  rotate(id: string, overlap: number): Promise<Outcome<CreatedKey>> {
    return outcomeOf(async () => {
      const order = this.#keys.orderLike(id);
      if (order.holder.kind === "peer" && order.algorithm !== "HS256") {
        throw new OrreryError(
          "conflict",
          "Only its peer can rotate this key: add the new public key instead",
        );
      }
      const material = await materialFor(order);
      const box = this.#box();
      const key = this.ctx.storage.transactionSync(() =>
        this.#keys.replace(id, material, box, overlap * 1_000, Date.now()),
      );
      const secret = secretOf(material);
      await this.#tidy();
      return { ...key, ...(secret !== undefined && { secret }) };
    });
  }

  retire(id: string): Promise<Outcome<Key>> {
    return outcomeOf(() => this.#keys.retire(id, Date.now()));
  }

  remove(id: string): Promise<Outcome<null>> {
    return outcomeOf(() => {
      this.#keys.remove(id);
      return null;
    });
  }

  /** True where nobody used this nonce of the key's before; from then on it is used, until `expiresAt` at least. */
  async useNonce(keyId: string, nonce: string, expiresAt: number): Promise<boolean> {
    const now = Date.now();
    const { fresh, keptUntil } = this.#nonces.use(keyId, nonce, expiresAt);
    await this.#wakeBy(keptUntil, now);
    return fresh;
  }

  /** Lends the versions of the workspace's data key, wrapped; makes the first where there never was one. */
  lendDataKeys(): Promise<Outcome<WrappedKey[]>> {
    return outcomeOf(() => this.#dataKeys.lend());
  }

  workspaceKey(): Promise<Outcome<WorkspaceKey>> {
    return outcomeOf(() => this.#dataKeys.describe());
  }

  rotateWorkspaceKey(): Promise<Outcome<WorkspaceKey>> {
    return outcomeOf(() => this.#dataKeys.rotate());
  }

  destroyWorkspaceKey(): Promise<Outcome<WorkspaceKey>> {
    return outcomeOf(() => this.#dataKeys.destroy());
  }

  override async alarm(): Promise<void> {
    this.#wakesAt = null;
    await this.#tidy();
  }

  get #workspaceId(): string {
    return this.ctx.id.name ?? "";
  }

  get #dataKeys(): DataKeyStore {
    return (this.#dataKeyStore ??= new DataKeyStore(
      this.ctx.storage,
      this.#workspaceId,
      () => keyEncryptionKeysOf(this.env),
      Date.now,
    ));
  }

  #add(order: KeyOrder, material: KeyMaterial): Key {
    const box = material.privateJwk === null ? null : this.#box();
    return this.ctx.storage.transactionSync(() => this.#keys.add(order, material, box, Date.now()));
  }

  /** Seals what is secret. @throws OrreryError conflict where the deployment has nothing to seal it with */
  #box(): SecretBox {
    return this.#dataKeys.vault();
  }

  /** Without a key to open them with, secrets stay closed: what others signed can still be checked. */
  #boxOrNone(): SecretBox | null {
    try {
      return this.#box();
    } catch (error) {
      if (error instanceof OrreryError) return null;
      throw error;
    }
  }

  /** Forgets what has ended, and wakes for what ends next. */
  async #tidy(): Promise<void> {
    const now = Date.now();
    const due = [this.#keys.forget(now), this.#nonces.sweep(now)].filter((at) => at !== null);
    if (due.length > 0) await this.#wakeBy(Math.min(...due), now);
  }

  /** Sets the alarm for `time`, but not before a minute from now; one that is set earlier stays. */
  async #wakeBy(time: number, now: number): Promise<void> {
    const at = Math.max(time, now + leastRest);
    this.#wakesAt ??= await this.ctx.storage.getAlarm();
    if (this.#wakesAt !== null && this.#wakesAt <= at) return;
    this.#wakesAt = at;
    await this.ctx.storage.setAlarm(at);
  }
}
