/** Sources whose numbers are remembered, and characters of what they are remembered by. */
const remembered = 1_000;
const longestName = 500;

/**
 * Counts messages that never came, by the sequence numbers that some peers give theirs (`header.sequence`, or
 * `sequence`): a number beyond the next says how many are missing, one that is not greater says that the peer began anew.
 * What came last of whom outlives a restart: what is missing then never came either.
 */
export class SequenceGaps {
  readonly #sql: SqlStorage;
  readonly #last = new Map<string, number>();
  /** Sources that were heard since the numbers were last saved, or forgotten. */
  readonly #changed = new Set<string>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = sql.exec<{ source: string; number: number }>(
      `SELECT source, number FROM bridge_sequences ORDER BY heard`,
    );
    for (const { source, number } of rows.toArray()) this.#last.set(source, number);
  }

  /** How many messages of the same source are missing before this one. */
  before(channel: string, value: Record<string, unknown>): number {
    const header = recordOf(value["header"]);
    const sequence = header["sequence"] ?? value["sequence"];
    const source = header["source"] ?? value["source"];
    if (typeof sequence !== "number" || !Number.isSafeInteger(sequence)) return 0;
    const key = `${channel}\n${typeof source === "string" ? source : ""}`;
    if (key.length > longestName) return 0;
    const last = this.#last.get(key);
    this.#last.delete(key);
    this.#last.set(key, sequence);
    this.#changed.add(key);
    if (this.#last.size > remembered) this.#forgetOldest();
    return last === undefined || sequence <= last ? 0 : sequence - last - 1;
  }

  /** Whether numbers were heard since they were last saved. */
  get isChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** Brings what was heard to the disk. */
  save(): void {
    if (!this.isChanged) return;
    const heard = [...this.#changed].filter((key) => this.#last.has(key));
    const forgotten = [...this.#changed].filter((key) => !this.#last.has(key));
    this.#sql.exec(
      `INSERT INTO bridge_sequences (source, number, heard)
       SELECT value ->> 0, value ->> 1, key + (SELECT coalesce(max(heard), 0) + 1 FROM bridge_sequences)
       FROM json_each(?) WHERE true
       ON CONFLICT (source) DO UPDATE SET number = excluded.number, heard = excluded.heard`,
      JSON.stringify(heard.map((key) => [key, this.#last.get(key)])),
    );
    this.#sql.exec(
      `DELETE FROM bridge_sequences WHERE source IN (SELECT value FROM json_each(?))`,
      JSON.stringify(forgotten),
    );
    this.#changed.clear();
  }

  #forgetOldest(): void {
    for (const oldest of this.#last.keys()) {
      this.#last.delete(oldest);
      this.#changed.add(oldest);
      return;
    }
  }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
