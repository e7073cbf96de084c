import type { KeyHolder, KeyUse } from "@orrery/protocol";
import type { Ring, RingKey } from "./ring.ts";

const nameOf = (holder: KeyHolder): string =>
  holder.kind === "workspace" ? "" : holder.kind === "agent" ? holder.agentId : holder.name;

const placeOf = (use: KeyUse, holder: KeyHolder): string => `${use} ${holder.kind} ${nameOf(holder)}`;

/** A ring by what is looked for in it. */
export class KeyIndex {
  readonly #byId = new Map<string, RingKey>();
  readonly #active = new Map<string, RingKey>();
  readonly keys: readonly RingKey[];

  constructor({ keys }: Ring) {
    this.keys = keys;
    for (const key of keys) {
      this.#byId.set(key.id, key);
      if (key.status === "active") this.#active.set(placeOf(key.use, key.holder), key);
    }
  }

  /** The key with this id and use, unless it has ended by `now` (epoch milliseconds). */
  find(id: string, use: KeyUse, now: number): RingKey | undefined {
    const key = this.#byId.get(id);
    return key?.use === use && (key.endsAt === null || key.endsAt > now) ? key : undefined;
  }

  /** The holder's active key. */
  active(use: KeyUse, holder: KeyHolder): RingKey | undefined {
    return this.#active.get(placeOf(use, holder));
  }
}
