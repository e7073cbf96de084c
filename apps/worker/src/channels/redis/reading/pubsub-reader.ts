import type { ChannelRole } from "@orrery/protocol";
import type { Arrival, Intake, Judged } from "./intake.ts";
import { poisonReason, retryDelay } from "./retries.ts";

/** Messages, and characters of them, that wait to be taken over; those beyond are lost, and counted. */
const mostMessages = 10_000;
const mostCharacters = 32 * 1024 * 1024;
const batchMessages = 256;

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
  /** A message for which there was no room. */
  readonly dropped: (published: Published) => void;
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
  #characters = 0;
  /** Messages put off, which come again from here. */
  #putOffs = 0;
  #taking = false;
  #last = 0;

  constructor(parts: PubSubReaderParts) {
    this.#parts = parts;
  }

  hear(published: Published): void {
    const { text } = published;
    if (this.#queue.length >= mostMessages || this.#characters + text.length > mostCharacters) {
      this.#parts.dropped(published);
      return;
    }
    const now = this.#parts.now();
    // Grows over restarts, too, as long as the clock does.
    this.#last = Math.max(this.#last + 1, now * 1_000);
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
    this.#characters += arrival.text?.length ?? 0;
    if (this.#taking) return;
    this.#taking = true;
    void this.#take();
  }

  async #take(): Promise<void> {
    // What was published together is taken over together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      await this.#parts.room();
      const batch = this.#queue.slice(0, batchMessages);
      this.#queue = this.#queue.slice(batchMessages);
      for (const { text } of batch) this.#characters -= text?.length ?? 0;
      const judged = (await this.#parts.intake.judge(batch)).map((one) => this.#final(one));
      this.#parts.judged(judged);
      for (const { arrival, verdict } of judged) {
        if (verdict.outcome === "rejected") await this.#parts.bury(arrival, verdict.reason);
        else if (verdict.outcome === "later" || verdict.outcome === "failed") this.#putOff(arrival);
      }
    }
    this.#taking = false;
  }

  #final(judged: Judged): Judged {
    const { arrival, verdict } = judged;
    if (verdict.outcome !== "later" && verdict.outcome !== "failed") return judged;
    const poison = poisonReason(verdict.outcome, verdict.reason, arrival.deliveries);
    const full =
      this.#putOffs + this.#queue.length >= mostMessages ? `no room to wait in: ${verdict.reason}` : null;
    const reason = poison ?? full;
    return reason === null ? judged : { ...judged, verdict: { outcome: "rejected", reason } };
  }

  #putOff(arrival: Arrival): void {
    this.#putOffs += 1;
    this.#parts.after(retryDelay(arrival.deliveries), () => {
      this.#putOffs -= 1;
      this.#enqueue({ ...arrival, deliveries: arrival.deliveries + 1 });
    });
  }
}
