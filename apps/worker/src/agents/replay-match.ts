/**
 * A step that was interrupted is asked of the model again. As long as the second answer repeats what
 * the log holds of the first, nothing is recorded or sent; where it departs, the turn restarts from
 * there. A deterministic model thus goes on in the middle of a word.
 */
import type { ModelEvent } from "../models/index.ts";
import type { Item, Transcript } from "./transcript.ts";

export type ReplayedEvent = Extract<ModelEvent, { type: "text" | "reasoning" | "tool-call" | "source" }>;

export class ReplayMatch {
  readonly #transcript: Transcript;
  /** The item that is being matched, and how many characters of it have been. */
  #index: number;
  #offset = 0;

  /** Matches against the items from `index` on. */
  constructor(transcript: Transcript, index: number) {
    this.#transcript = transcript;
    this.#index = index;
  }

  /**
   * Takes the next event of the second answer. Returns what of it is new, or null where all of it was
   * there before; `divergedAt` is the position from which the first answer no longer holds.
   */
  take(event: ReplayedEvent): { fresh: ReplayedEvent | null; divergedAt?: number } {
    if (event.type === "text" || event.type === "reasoning") return this.#takeText(event);
    this.#leaveText();
    const item = this.#transcript.items[this.#index];
    if (!item) return { fresh: event };
    if (!sameItem(item, event)) return { fresh: event, divergedAt: this.#position() };
    this.#index += 1;
    return { fresh: null };
  }

  /** Where the first answer has more than the second, which is over. */
  divergedAt(): number | null {
    const item = this.#transcript.items[this.#index];
    if (
      !item ||
      ("text" in item &&
        this.#offset === item.text.length &&
        this.#index === this.#transcript.items.length - 1)
    )
      return null;
    this.#leaveText();
    return this.#index < this.#transcript.items.length ? this.#position() : null;
  }

  #takeText(event: Extract<ReplayedEvent, { text: string }>): {
    fresh: ReplayedEvent | null;
    divergedAt?: number;
  } {
    if (this.#transcript.items[this.#index]?.k !== event.type) this.#leaveText();
    const item = this.#transcript.items[this.#index];
    if (!item) return { fresh: event };
    if (item.k !== event.type) return { fresh: event, divergedAt: this.#position() };
    const common = commonPrefix(item.text, this.#offset, event.text);
    this.#offset += common;
    const fresh = { ...event, text: event.text.slice(common) };
    if (common === event.text.length) {
      const meta = "providerMetadata" in event ? event.providerMetadata : undefined;
      if (meta === undefined || JSON.stringify(meta) === JSON.stringify(item.meta)) return { fresh: null };
    }
    if (this.#offset === item.text.length && item.open) return { fresh };
    return { fresh, divergedAt: this.#position() };
  }

  /** Steps past a text that has been matched to its end. */
  #leaveText(): void {
    const item = this.#transcript.items[this.#index];
    if (item && "text" in item && this.#offset === item.text.length && this.#offset > 0) {
      this.#index += 1;
      this.#offset = 0;
    }
  }

  #position(): number {
    return this.#transcript.startOf(this.#index) + (this.#offset > 0 ? 1 + this.#offset : 0);
  }
}

function commonPrefix(text: string, offset: number, other: string): number {
  const limit = Math.min(text.length - offset, other.length);
  let length = 0;
  while (length < limit && text.charCodeAt(offset + length) === other.charCodeAt(length)) length += 1;
  return length;
}

function sameItem(item: Item, event: Exclude<ReplayedEvent, { text: string }>): boolean {
  if (event.type === "source")
    return item.k === "source" && JSON.stringify(item.source) === JSON.stringify(event.source);
  return (
    item.k === "call" &&
    item.id === event.id &&
    item.name === event.name &&
    JSON.stringify(item.input) === JSON.stringify(event.input)
  );
}
