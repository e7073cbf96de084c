import { createHash } from "node:crypto";

/** How many texts are remembered; a text that has not come back by then never will. */
const remembered = 4_096;

/**
 * What we write to channels that we read comes back to us. This knows it again, by its text alone, since nothing else of
 * a message cannot be forged. Texts are remembered by their hashes: each may be as long as a message.
 */
export class Echoes {
  /** How often each text is to come back, the oldest first. */
  readonly #expected = new Map<string, number>();

  expect(channel: string, text: string): void {
    const key = keyOf(channel, text);
    const times = this.#expected.get(key) ?? 0;
    this.#expected.delete(key);
    this.#expected.set(key, times + 1);
    if (this.#expected.size <= remembered) return;
    for (const oldest of this.#expected.keys()) {
      this.#expected.delete(oldest);
      break;
    }
  }

  /** Whether this is one of ours; each is so as often as it was written. */
  take(channel: string, text: string): boolean {
    if (this.#expected.size === 0) return false;
    const key = keyOf(channel, text);
    const times = this.#expected.get(key);
    if (times === undefined) return false;
    if (times > 1) this.#expected.set(key, times - 1);
    else this.#expected.delete(key);
    return true;
  }
}

const keyOf = (channel: string, text: string): string =>
  `${channel}\n${createHash("sha256").update(text).digest("base64")}`;
