import { writable, type Readable } from "svelte/store";
import type { Page } from "@orrery/protocol";

/** Items a page holds at most. */
const pageLimit = 100;

/**
 * A list as far as it has been read, newest first, kept in order by id (ids sort by time).
 * Only the newest reading counts: one that another has overtaken changes nothing.
 */
export class LiveList<Item extends { id: string }, Filter extends object> {
  readonly #items = writable<Item[]>([]);
  readonly #hasMore = writable(false);
  readonly #isLoading = writable(false);
  readonly #read: (query: Filter & { limit: number; cursor?: string | undefined }) => Promise<Page<Item>>;
  readonly #pageSize: number;
  #current: Item[] = [];
  #cursor: string | null = null;
  #filter: Filter;
  #reading = 0;

  readonly items: Readable<Item[]> = { subscribe: this.#items.subscribe };
  readonly hasMore: Readable<boolean> = { subscribe: this.#hasMore.subscribe };
  readonly isLoading: Readable<boolean> = { subscribe: this.#isLoading.subscribe };

  constructor(
    read: (query: Filter & { limit: number; cursor?: string | undefined }) => Promise<Page<Item>>,
    options: { filter: Filter; pageSize: number },
  ) {
    this.#read = read;
    this.#filter = options.filter;
    this.#pageSize = options.pageSize;
  }

  get filter(): Filter {
    return this.#filter;
  }

  get(id: string): Item | undefined {
    return this.#current.find((item) => item.id === id);
  }

  /** Whether any filter is set, so that only the server can say what belongs here. */
  get isFiltered(): boolean {
    return Object.values(this.#filter).some((value) => value !== undefined && value !== "");
  }

  /** Shows what matches another filter, from the beginning. */
  async show(filter: Filter): Promise<void> {
    this.#filter = filter;
    await this.#load(this.#pageSize);
  }

  /** Reads again as much as is shown. */
  async refresh(): Promise<void> {
    await this.#load(Math.max(this.#pageSize, this.#current.length));
  }

  /** Reads one page more. */
  async more(): Promise<void> {
    const cursor = this.#cursor;
    if (cursor === null) return;
    await this.#exclusively(async (isNewest) => {
      const page = await this.#read({ ...this.#filter, limit: this.#pageSize, cursor });
      if (!isNewest()) return;
      const known = new Set(this.#current.map((item) => item.id));
      this.#set([...this.#current, ...page.items.filter((item) => !known.has(item.id))], page.nextCursor);
    });
  }

  /** Puts an item in its place, or a newer form of it. */
  put(item: Item): void {
    const at = this.#current.findIndex((other) => other.id <= item.id);
    const replaced = this.#current[at]?.id === item.id ? 1 : 0;
    if (at === -1) this.#set([...this.#current, item], this.#cursor);
    else this.#set(this.#current.toSpliced(at, replaced, item), this.#cursor);
  }

  remove(id: string): void {
    this.#set(
      this.#current.filter((item) => item.id !== id),
      this.#cursor,
    );
  }

  async #load(count: number): Promise<void> {
    await this.#exclusively(async (isNewest) => {
      const items: Item[] = [];
      let cursor: string | null = null;
      do {
        const limit = Math.min(pageLimit, count - items.length);
        const page: Page<Item> = await this.#read({
          ...this.#filter,
          limit,
          ...(cursor !== null && { cursor }),
        });
        items.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null && items.length < count);
      if (isNewest()) this.#set(items, cursor);
    });
  }

  async #exclusively(read: (isNewest: () => boolean) => Promise<void>): Promise<void> {
    const own = ++this.#reading;
    this.#isLoading.set(true);
    try {
      await read(() => own === this.#reading);
    } finally {
      if (own === this.#reading) this.#isLoading.set(false);
    }
  }

  #set(items: Item[], cursor: string | null): void {
    this.#current = items;
    this.#cursor = cursor;
    this.#items.set(items);
    this.#hasMore.set(cursor !== null);
  }
}
