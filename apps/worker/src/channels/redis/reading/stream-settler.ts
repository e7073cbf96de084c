import { log } from "../../../observability/index.ts";
import type { RedisLink } from "../connection/contract.ts";
import { failureWords } from "../connection/failures.ts";
import { buryEntry } from "./dead-letters.ts";
import type { HeldEntries } from "./held-entries.ts";
import type { Arrival, Judged } from "./intake.ts";
import type { Lanes } from "./lanes.ts";
import { retryDelay } from "./retries.ts";
import type { GroupName } from "./stream-group.ts";

export interface SettlerParts {
  readonly link: RedisLink;
  readonly group: GroupName;
  readonly letters: string;
  readonly held: HeldEntries;
  readonly now: () => number;
}

/** What becomes of entries that were judged: acknowledged, buried, or put off. */
export class StreamSettler {
  readonly #parts: SettlerParts;
  readonly #lanes: (stream: string) => Lanes;
  #settling: Promise<void> = Promise.resolve();

  constructor(parts: SettlerParts, lanes: (stream: string) => Lanes) {
    this.#parts = parts;
    this.#lanes = lanes;
  }

  /** Resolves when what was acknowledged so far is so in Redis, or could not be. */
  get settled(): Promise<void> {
    return this.#settling;
  }

  /** Acknowledges in Redis, behind what is read next; where that fails, the entries come again and are known. */
  settle(stream: string, judged: readonly Judged[], gone: readonly string[]): void {
    const { held, now } = this.#parts;
    const done = [...gone];
    const buried: { arrival: Arrival; reason: string }[] = [];
    const later: Arrival[] = [];
    const parked: { id: string; lane: string; deliveries: number }[] = [];
    for (const { arrival, verdict } of judged) {
      const { id, deliveries } = arrival;
      if (verdict.outcome === "rejected") buried.push({ arrival, reason: verdict.reason });
      else if (verdict.outcome === "later" && verdict.waitsFor !== undefined) {
        parked.push({ id, lane: verdict.waitsFor, deliveries });
      } else if (verdict.outcome === "later" || verdict.outcome === "failed") later.push(arrival);
      else done.push(id);
    }
    held.release(stream, [...done, ...buried.map(({ arrival }) => arrival.id)]);
    held.park(stream, parked);
    for (const { lane } of parked) this.#lanes(stream).open(lane, now());
    this.#putOff(stream, later);
    if (done.length === 0 && buried.length === 0) return;
    this.#settling = this.#settling
      .then(() => this.#acknowledge(stream, done, buried))
      .catch((error: unknown) => {
        log.warn("channels.entries_unsettled", { stream, reason: failureWords(error) });
        // They are still ours: handed over again in a while, where the connection is not lost altogether.
        const unsettled = judged.map(({ arrival }) => arrival);
        const known = held.among(
          stream,
          unsettled.map(({ id }) => id),
        );
        this.#putOff(
          stream,
          unsettled.filter(({ id }) => !known.has(id)),
        );
      });
  }

  async #acknowledge(
    stream: string,
    done: readonly string[],
    buried: readonly { arrival: Arrival; reason: string }[],
  ): Promise<void> {
    const { link, letters, group } = this.#parts;
    if (done.length > 0) await link.commands.call(["XACK", stream, group.group, ...done]);
    for (const { arrival, reason } of buried) {
      await buryEntry(link, letters, group.group, arrival, reason);
    }
  }

  #putOff(stream: string, arrivals: readonly Arrival[]): void {
    const { held, now } = this.#parts;
    held.putOff(
      stream,
      arrivals.map(({ id, deliveries }) => ({ id, deliveries, dueAt: now() + retryDelay(deliveries) })),
    );
  }
}
