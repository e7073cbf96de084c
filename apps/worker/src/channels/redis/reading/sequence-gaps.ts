/** Sources whose numbers are remembered, for each channel. */
const remembered = 1_000;

/**
 * Counts messages that never came, by the sequence numbers that some peers give theirs (`header.sequence`, or
 * `sequence`): a number beyond the next says how many are missing, one that is not greater says that the peer began anew.
 */
export class SequenceGaps {
  readonly #last = new Map<string, number>();

  /** How many messages of the same source are missing before this one. */
  before(channel: string, value: Record<string, unknown>): number {
    const header = recordOf(value["header"]);
    const sequence = header["sequence"] ?? value["sequence"];
    const source = header["source"] ?? value["source"];
    if (typeof sequence !== "number" || !Number.isSafeInteger(sequence)) return 0;
    const key = `${channel}\n${typeof source === "string" ? source : ""}`;
    const last = this.#last.get(key);
    this.#last.delete(key);
    this.#last.set(key, sequence);
    if (this.#last.size > remembered) {
      for (const oldest of this.#last.keys()) {
        this.#last.delete(oldest);
        break;
      }
    }
    return last === undefined || sequence <= last ? 0 : sequence - last - 1;
  }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
