import { DurableObject, RpcTarget } from "cloudflare:workers";
import type { ModelLimits } from "@orrery/protocol";
import { systemClock } from "../clock.ts";
import { Gate, type GateCall, type Place, type Verdict } from "./gate.ts";
import { type Kept, KeptLevel } from "./kept-level.ts";

/** What `enter` answers: the verdict, or a place whose turn `turn` waits for. */
export type Entry = Verdict | { claim: Disposable; place: number };

/**
 * A caller's hold on its place, in the caller's hands: once it is disposed of, by the caller or because the
 * caller is gone, the place is free.
 */
class Claim extends RpcTarget implements Disposable {
  readonly #leave: () => void;

  constructor(leave: () => void) {
    super();
    this.#leave = leave;
  }

  [Symbol.dispose](): void {
    this.#leave();
  }
}

/**
 * One bucket, whose name is the object's, and the queue before it. The queue lives as long as the object is in
 * memory: callers whose calls break off join again. Once the bucket is full, nothing is left on disk.
 *
 * A call that has to wait is two calls, because the runtime does not tell an object that a caller whose answer
 * is outstanding has gone, but does tell it that what a caller held was dropped.
 */
export class LimiterObject extends DurableObject<Env> {
  readonly #level = new KeptLevel({
    get: () => this.ctx.storage.kv.get<Kept>("level"),
    put: (kept) => this.ctx.storage.kv.put("level", kept),
  });
  readonly #gate = new Gate(systemClock, this.#level.level, (allowance, now) => {
    if (this.#level.keep(allowance, now) && !this.#alarmed) void this.#sweepAfter(this.#level.until);
  });
  readonly #places = new Map<number, Place>();
  #lastPlace = 0;
  #alarmed = false;

  /** How many calls have a place. */
  get waiting(): number {
    return this.#gate.waiting;
  }

  /** Lets a call through, refuses it, or gives it a place. */
  enter(call: GateCall): Entry {
    const entered = this.#gate.enter(call);
    if ("through" in entered) return entered;
    const place = ++this.#lastPlace;
    this.#places.set(place, entered);
    const leave = (): void => {
      this.#places.delete(place);
      entered.leave();
    };
    return { claim: new Claim(leave), place };
  }

  /** Resolves when the place's turn has come, or can no longer come in time. */
  turn(place: number): Promise<Verdict> {
    return this.#places.get(place)?.turn ?? Promise.resolve({ through: false, waitMs: 0 });
  }

  /** Counts tokens that a call took more than was expected; less where negative. */
  correct(limits: ModelLimits, tokens: number): void {
    this.#gate.correct(limits, tokens);
  }

  /** Takes back a call that was let through at `takenAt` and not made. */
  giveBack(limits: ModelLimits, tokens: number, takenAt: number): void {
    this.#gate.giveBack(limits, tokens, takenAt);
  }

  override async alarm(): Promise<void> {
    if (Date.now() < this.#level.until || this.#gate.waiting > 0) {
      await this.#sweepAfter(this.#level.until);
      return;
    }
    this.#alarmed = false;
    this.#level.forget();
    await this.ctx.storage.deleteAll();
  }

  /** Not before a minute from now, so that a bucket in use is not looked at all the time. */
  #sweepAfter(time: number): Promise<void> {
    this.#alarmed = true;
    return this.ctx.storage.setAlarm(Math.max(time, Date.now() + 60_000));
  }
}
