/** Caches without a runtime: the real shelves, called in the same process, on a clock that a test moves. */
import type { Clock } from "../../clock.ts";
import type { AnswerCacheEnv, AnswersDoor, LeadDoor } from "../answer-cache.ts";
import { AnswerShelf, type ShelfLead } from "../answer-shelf.ts";
import type { StoreBounds } from "../answer-store.ts";
import { memorySql } from "./sqlite.ts";

export class Doors implements AnswerCacheEnv {
  readonly #clock: Clock;
  readonly #bounds: StoreBounds | undefined;
  readonly #shelves = new Map<string, AnswerShelf>();
  /** Names of the objects that were asked, in order. */
  readonly asked: string[] = [];
  /** Whether nobody answers. */
  broken = false;

  constructor(clock: Clock, bounds?: StoreBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  shelf(workspaceId: string): AnswerShelf {
    let shelf = this.#shelves.get(workspaceId);
    if (!shelf) {
      shelf = new AnswerShelf(memorySql(), this.#clock, this.#bounds);
      this.#shelves.set(workspaceId, shelf);
    }
    return shelf;
  }

  readonly ANSWERS: AnswerCacheEnv["ANSWERS"] = {
    getByName: (workspaceId): AnswersDoor => {
      const call = async <Value>(work: (shelf: AnswerShelf) => Value | Promise<Value>): Promise<Value> => {
        this.asked.push(workspaceId);
        if (this.broken) throw new Error("the object cannot be reached");
        return await work(this.shelf(workspaceId));
      };
      return {
        lookup: (question, hits) =>
          call(async (shelf) => {
            if (hits > 0) shelf.countHits(hits);
            const found = await shelf.lookup(question);
            return found.found === "lead" ? { ...found, lead: leadDoor(found.lead) } : found;
          }),
        counts: (hits) =>
          call((shelf) => {
            if (hits > 0) shelf.countHits(hits);
            return shelf.counts();
          }),
        clear: () => call((shelf) => shelf.clear()),
        forget: (agentId, sessionId) => call((shelf) => shelf.forget(agentId, sessionId)),
      };
    },
  };
}

const leadDoor = (lead: ShelfLead): LeadDoor => ({
  share: async (meaning, threshold) => lead.share(meaning, threshold),
  store: async (answer, meaning) => lead.store(answer, meaning),
  abandon: async () => lead.abandon(),
  [Symbol.dispose]: () => lead.abandon(),
});
