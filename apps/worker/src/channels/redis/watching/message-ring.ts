import type { BridgeMessage, Page } from "@orrery/protocol";
import { outlineOf } from "./message-outline.ts";
import type { Passing } from "./message-outline.ts";

const kept = 500;
/** Characters up to which a message is kept as it is until somebody looks; larger ones are outlined at once. */
const smallCharacters = 8_192;

/**
 * The last messages that passed, in memory alone. Few of them are ever looked at, so the work of hiding what is
 * sensitive is done when somebody does.
 */
export class MessageRing {
  readonly #slots: (BridgeMessage | Passing)[] = [];
  #next = 0;

  add(passing: Passing, characters: number): void {
    this.#slots[this.#next] = characters > smallCharacters ? outlineOf(passing) : passing;
    this.#next = (this.#next + 1) % kept;
  }

  /** A page of them, the newest first; the cursor is the id of the last one seen. */
  page({ limit, cursor }: { limit: number; cursor?: string | undefined }): Page<BridgeMessage> {
    const newest = [...this.#slots.slice(this.#next), ...this.#slots.slice(0, this.#next)].toReversed();
    const seen = cursor === undefined ? -1 : newest.findIndex(({ id }) => id === cursor);
    const from = cursor !== undefined && seen === -1 ? newest.length : seen + 1;
    const items = newest.slice(from, from + limit).map(shown);
    const more = from + limit < newest.length;
    return { items, nextCursor: more ? (items.at(-1)?.id ?? null) : null };
  }
}

const shown = (slot: BridgeMessage | Passing): BridgeMessage => ("value" in slot ? outlineOf(slot) : slot);
