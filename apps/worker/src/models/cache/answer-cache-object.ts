import { DurableObject, RpcTarget } from "cloudflare:workers";
import type { ModelCacheCounts } from "@orrery/protocol";
import { systemClock } from "../clock.ts";
import { AnswerShelf, type ShelfAnswer, type ShelfLead, type ShelfQuestion } from "./answer-shelf.ts";
import type { Meaning } from "./answer-store.ts";

/** The lead in its caller's hands: whoever drops it, by will or because it is gone, has abandoned the answer. */
class LeadTarget extends RpcTarget implements Disposable {
  readonly #lead: ShelfLead;
  readonly #onStore: () => Promise<void>;

  constructor(lead: ShelfLead, onStore: () => Promise<void>) {
    super();
    this.#lead = lead;
    this.#onStore = onStore;
  }

  share(meaning: Meaning, threshold: number): ShelfAnswer | null {
    return this.#lead.share(meaning, threshold);
  }

  async store(answer: string, meaning?: Meaning): Promise<ShelfAnswer> {
    const stored = this.#lead.store(answer, meaning);
    await this.#onStore();
    return stored;
  }

  abandon(): void {
    this.#lead.abandon();
  }

  [Symbol.dispose](): void {
    this.#lead.abandon();
  }
}

export type ObjectFound =
  | { found: "hit"; hit: ShelfAnswer }
  | { found: "lead"; lead: LeadTarget; epoch: number }
  | { found: "miss"; epoch: number };

/** The answers of one workspace, whose id is the object's name. No other workspace's question ever comes here. */
export class AnswerCacheObject extends DurableObject<Env> {
  readonly #shelf = new AnswerShelf(this.ctx.storage.sql, systemClock);
  #alarmed = false;

  /** `hits`: those that the asking isolate answered by itself since it last asked. */
  async lookup(question: ShelfQuestion, hits: number): Promise<ObjectFound> {
    if (hits > 0) this.#shelf.countHits(hits);
    const found = await this.#shelf.lookup(question);
    if (found.found !== "lead") return found;
    return { ...found, lead: new LeadTarget(found.lead, () => this.#sweepLater()) };
  }

  counts(hits: number): ModelCacheCounts {
    if (hits > 0) this.#shelf.countHits(hits);
    return this.#shelf.counts();
  }

  clear(): number {
    return this.#shelf.clear();
  }

  forget(agentId: string, sessionId?: string): number {
    return this.#shelf.forget(agentId, sessionId);
  }

  override async alarm(): Promise<void> {
    this.#alarmed = false;
    if (this.#shelf.sweep() !== null) await this.#sweepLater();
  }

  /** An hour from now: expired answers are given to nobody, and only take up room. */
  async #sweepLater(): Promise<void> {
    if (this.#alarmed) return;
    this.#alarmed = true;
    await this.ctx.storage.setAlarm(Date.now() + 3_600_000);
  }
}
