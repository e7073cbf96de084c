import type { Page } from "@orrery/protocol";

type ReadPage<Item> = (query: { limit: number; cursor?: string }, signal: AbortSignal) => Promise<Page<Item>>;

const pageSize = 50;

/**
 * A list that is read page by page as its reader scrolls. `reload` starts over and keeps what is shown
 * until the answer is there; of overlapping reads, only the last one counts.
 */
export class PagedList<Item extends { id: string }> {
  items = $state.raw<Item[]>([]);
  /** Whether anything has been read since the last `reset`. */
  loaded = $state(false);
  loading = $state(false);
  error = $state.raw<unknown>(undefined);
  #cursor = $state<string | null>(null);
  /** Whether more than the first page has been read. */
  #readOn = false;
  readonly #read: ReadPage<Item>;
  #reading: AbortController | undefined;

  constructor(read: ReadPage<Item>) {
    this.#read = read;
  }

  get hasMore(): boolean {
    return this.#cursor !== null;
  }

  /** Reads the first page. */
  async reload(): Promise<void> {
    await this.#load(null);
  }

  /** Reads the first page again after news, though not under a reader who has read on: the later pages would go. */
  async renew(): Promise<void> {
    if (!this.#readOn) await this.reload();
  }

  /** Reads the next page, if there is one and nothing is being read. */
  async more(): Promise<void> {
    if (this.loading || this.#cursor === null) return;
    await this.#load(this.#cursor);
  }

  /** Forgets everything, so that the next read shows as a first one. */
  reset(): void {
    this.stop();
    this.items = [];
    this.loaded = false;
    this.error = undefined;
    this.#cursor = null;
    this.#readOn = false;
  }

  /** Stops reading. */
  stop(): void {
    this.#reading?.abort();
    this.#reading = undefined;
    this.loading = false;
  }

  /** Replaces the item of this id, or puts it first where the list has none. */
  put(item: Item): void {
    const index = this.items.findIndex(({ id }) => id === item.id);
    this.items = index === -1 ? [item, ...this.items] : this.items.with(index, item);
  }

  remove(id: string): void {
    this.items = this.items.filter((item) => item.id !== id);
  }

  async #load(cursor: string | null): Promise<void> {
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    this.loading = true;
    try {
      const page = await this.#read({ limit: pageSize, ...(cursor && { cursor }) }, reading.signal);
      if (reading.signal.aborted) return;
      this.items = cursor ? appended(this.items, page.items) : page.items;
      this.#cursor = page.nextCursor;
      this.#readOn = cursor !== null;
      this.error = undefined;
      this.loaded = true;
    } catch (error) {
      if (reading.signal.aborted) return;
      this.error = error;
    } finally {
      if (this.#reading === reading) {
        this.#reading = undefined;
        this.loading = false;
      }
    }
  }
}

/** Live events may have put an item of the next page into the list already. */
function appended<Item extends { id: string }>(items: Item[], next: Item[]): Item[] {
  const known = new Set(items.map(({ id }) => id));
  return [...items, ...next.filter(({ id }) => !known.has(id))];
}
