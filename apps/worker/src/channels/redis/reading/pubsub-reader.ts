import type { ChannelRole } from "@orrery/protocol";
import { log } from "../../../observability/index.ts";
import type { Arrival, Intake, Judged } from "./intake.ts";
import { poisonReason, retryDelay } from "./retries.ts";

/**
 * Messages, and characters of them, that are here: that wait to be taken over, are being taken over, or were put off. Those
 * beyond are lost, and counted.
 */
const mostMessages = 10_000;
const mostCharacters = 32 * 1024 * 1024;
/** Messages, and characters of them, that are taken over at once: what an agent is given of them is one call of 32 MiB. */
const batchMessages = 256;
const batchCharacters = 8 * 1024 * 1024;

export interface Published {
  readonly role: ChannelRole;
  readonly channel: string;
  readonly ownChannel: boolean;
  readonly text: string;
}

export interface PubSubReaderParts {
  readonly intake: Intake;
  readonly isEcho: (channel: string, text: string) => boolean;
  readonly judged: (judged: readonly Judged[]) => void;
  /** A message for which there was no room when it came. */
  readonly dropped: (published: Published) => void;
  /** One that was to come again, and for which there is no room to wait in. */
  readonly lost: (arrival: Arrival) => void;
  readonly bury: (arrival: Arrival, reason: string) => Promise<void>;
  readonly room: () => Promise<void>;
  readonly now: () => number;
  readonly after: (milliseconds: number, work: () => void) => void;
}

/**
 * Takes what is published, at most once: Redis keeps nothing of it, and what is in here when the process ends is lost.
 * What was put off comes again from memory.
 */
export class PubSubReader {
  readonly #parts: PubSubReaderParts;
  #queue: Arrival[] = [];
  /** Of all that is here. */
  #messages = 0;
  #characters = 0;
  /** Of these, what was put off and comes again from here. */
  #putOffs = 0;
  #putOffCharacters = 0;
  #taking = false;
  #last = 0;

  constructor(parts: PubSubReaderParts) {
    this.#parts = parts;
  }

  hear(published: Published): void {
    const { text } = published;
    if (this.#messages >= mostMessages || this.#characters + text.length > mostCharacters) {
      this.#parts.dropped(published);
      return;
    }
    const now = this.#parts.now();
    // Grows over restarts, too, as long as the clock does.
    this.#last = Math.max(this.#last + 1, now * 1_000);
    this.#messages += 1;
    this.#characters += text.length;
    this.#enqueue({
      ...published,
      id: String(this.#last),
      at: now,
      deliveries: 1,
      echo: this.#parts.isEcho(published.channel, text),
    });
  }

  #enqueue(arrival: Arrival): void {
    this.#queue.push(arrival);
    if (this.#taking) return;
    this.#taking = true;
    void this.#take();
  }

  async #take(): Promise<void> {
    // What was published together is taken over together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      await this.#parts.room();
      const batch = firstBatch(this.#queue);
      this.#queue = this.#queue.slice(batch.length);
      try {
        await this.#takeOver(batch);
      } catch (error) {
        // Whatever it was, those that follow are heard.
        log.error("channels.published_not_taken", { messages: batch.length, error });
      }
    }
    this.#taking = false;
  }

  async #takeOver(batch: readonly Arrival[]): Promise<void> {
    const here = new Set(batch);
    try {
      const judged = (await this.#parts.intake.judge(batch)).map(final);
      this.#parts.judged(judged);
      for (const { arrival, verdict } of judged) {
        if (verdict.outcome === "rejected") await this.#parts.bury(arrival, verdict.reason);
        else if (verdict.outcome === "later" || verdict.outcome === "failed") {
          if (this.#putOff(arrival)) here.delete(arrival);
          else this.#parts.lost(arrival);
        }
      }
    } finally {
      for (const { text } of here) this.#characters -= text?.length ?? 0;
      this.#messages -= here.size;
    }
  }

  /** Has it come again from memory. False where what was put off fills half of the room: the rest is for what comes. */
  #putOff(arrival: Arrival): boolean {
    const characters = arrival.text?.length ?? 0;
    const fits =
      this.#putOffs < mostMessages / 2 && this.#putOffCharacters + characters <= mostCharacters / 2;
    if (!fits) return false;
    this.#putOffs += 1;
    this.#putOffCharacters += characters;
    this.#parts.after(retryDelay(arrival.deliveries), () => {
      this.#putOffs -= 1;
      this.#putOffCharacters -= characters;
      this.#enqueue({ ...arrival, deliveries: arrival.deliveries + 1 });
    });
    return true;
  }
}

/** The first messages, as many as are taken over at once: one at least. */
function firstBatch(queue: readonly Arrival[]): Arrival[] {
  let characters = 0;
  const fitting = queue.slice(0, batchMessages);
  const beyond = fitting.findIndex(({ text }, index) => {
    characters += text?.length ?? 0;
    return index > 0 && characters > batchCharacters;
  });
  return beyond === -1 ? fitting : fitting.slice(0, beyond);
}

/** A judgment with which it is left, unless the message comes again. */
function final(judged: Judged): Judged {
  const { arrival, verdict } = judged;
  if (verdict.outcome !== "later" && verdict.outcome !== "failed") return judged;
  const reason = poisonReason(verdict.outcome, verdict.reason, arrival.deliveries);
  return reason === null ? judged : { ...judged, verdict: { outcome: "rejected", reason } };
}
