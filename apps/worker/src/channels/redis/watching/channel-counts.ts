import type { ChannelRole } from "@orrery/protocol";
import type { Counts } from "../bridge-store.ts";
import { MinuteRate } from "./minute-rate.ts";

const roles: readonly ChannelRole[] = ["coordination", "tasks", "results"];
const names = ["received", "accepted", "rejected", "sent", "gaps"] as const;
const zero: Counts = { received: 0, accepted: 0, rejected: 0, sent: 0, gaps: 0 };

/** What passed through each channel. Kept every few seconds, and before anyone is told: a crash forgets no more than that. */
export class ChannelCounts {
  readonly all = new Map<ChannelRole, Counts>();
  readonly #received = new Map<ChannelRole, MinuteRate>();
  readonly #sent = new Map<ChannelRole, MinuteRate>();
  #changed = false;

  constructor(kept: ReadonlyMap<string, number>) {
    for (const role of roles) {
      const of = { ...zero };
      for (const name of names) of[name] = kept.get(`${role}.${name}`) ?? 0;
      this.all.set(role, of);
      this.#received.set(role, new MinuteRate());
      this.#sent.set(role, new MinuteRate());
    }
  }

  add(role: ChannelRole, name: keyof Counts, count: number, now: number): void {
    const of = this.all.get(role);
    if (of === undefined || count === 0) return;
    // A peer may leave out as many numbers as there are.
    of[name] = Math.min(Number.MAX_SAFE_INTEGER, of[name] + count);
    this.#changed = true;
    if (name === "received") this.#received.get(role)?.add(count, now);
    if (name === "sent") this.#sent.get(role)?.add(count, now);
  }

  of(role: ChannelRole): Counts {
    return { ...zero, ...this.all.get(role) };
  }

  rates(role: ChannelRole, now: number): { receivedPerMinute: number; sentPerMinute: number } {
    return {
      receivedPerMinute: this.#received.get(role)?.perMinute(now) ?? 0,
      sentPerMinute: this.#sent.get(role)?.perMinute(now) ?? 0,
    };
  }

  /** Whether anything was counted since this was asked last. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }
}
