/** An answer as one isolate remembers it. */
export interface RecentAnswer {
  /** JSON of a `CachedAnswer`: a copy that nobody can change. */
  answer: string;
  /** Epoch milliseconds. */
  madeAt: number;
  expiresAt: number;
}

interface Entry extends RecentAnswer {
  workspaceId: string;
  epoch: number;
  /** Epoch milliseconds until which the workspace's object need not be asked. */
  freshUntil: number;
  bytes: number;
}

/** Milliseconds for which an isolate gives an answer without asking: how long one that was deleted can live on. */
export const freshMs = 30_000;

/** Workspaces whose epoch an isolate remembers. */
const epochsKept = 10_000;

/**
 * The answers that an isolate used last, so that an answer given often costs no call of the workspace's object.
 * Plain strings, bounded by their bytes; the one that was used longest ago goes first.
 *
 * Every workspace's answers belong to an epoch, which ends when any of them are deleted. This isolate hears of
 * a new epoch with the next answer from the object, and drops what is of an older one; what it does not hear
 * of is given for {@link freshMs} at most.
 */
export class RecentAnswers {
  readonly #maxBytes: number;
  readonly #entries = new Map<string, Entry>();
  /** By workspace, the one heard of longest ago first. */
  readonly #epochs = new Map<string, number>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(workspaceId: string, key: string, now: number): RecentAnswer | null {
    const name = nameOf(workspaceId, key);
    const entry = this.#entries.get(name);
    if (!entry) return null;
    this.#remove(name, entry);
    if (now >= entry.freshUntil || now >= entry.expiresAt) return null;
    this.#insert(name, entry);
    return entry;
  }

  /** Remembers an answer of `epoch`, unless a newer one is known. */
  put(workspaceId: string, key: string, epoch: number, answer: RecentAnswer, now: number): void {
    if (!this.enter(workspaceId, epoch)) return;
    const name = nameOf(workspaceId, key);
    // Two bytes a character at most, and what a Map's entry takes.
    const bytes = (answer.answer.length + name.length) * 2 + 200;
    // An answer that would push out a good part of the others is not worth it.
    if (bytes > this.#maxBytes / 16) return;
    const known = this.#entries.get(name);
    if (known) this.#remove(name, known);
    this.#insert(name, { ...answer, workspaceId, epoch, freshUntil: now + freshMs, bytes });
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#remove(oldest, entry);
    }
  }

  /** Takes note of a workspace's epoch; says whether it is the newest that is known. */
  enter(workspaceId: string, epoch: number): boolean {
    const known = this.#epochs.get(workspaceId) ?? 0;
    if (epoch < known) return false;
    if (epoch > known) {
      this.#drop(workspaceId);
      this.#epochs.delete(workspaceId);
      this.#epochs.set(workspaceId, epoch);
      const [oldest] = this.#epochs.keys();
      if (this.#epochs.size > epochsKept && oldest !== undefined) {
        // What is remembered of it could not be told from what is newer.
        this.#drop(oldest);
        this.#epochs.delete(oldest);
      }
    }
    return true;
  }

  #drop(workspaceId: string): void {
    for (const [name, entry] of this.#entries) {
      if (entry.workspaceId === workspaceId) this.#remove(name, entry);
    }
  }

  #insert(name: string, entry: Entry): void {
    this.#entries.set(name, entry);
    this.#bytes += entry.bytes;
  }

  #remove(name: string, entry: Entry): void {
    this.#entries.delete(name);
    this.#bytes -= entry.bytes;
  }
}

/** Hashes hold no line break, so no other workspace and key come to the same name. */
const nameOf = (workspaceId: string, key: string): string => `${key}\n${workspaceId}`;
