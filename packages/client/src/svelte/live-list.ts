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
  #isReading = false;
  /** Put or removed (undefined) since the newest reading began. */
  readonly #changes = new Map<string, Item | undefined>();

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

  /** Puts an item in its place, or a newer form of it. One of a page not read yet is left to that page. */
  put(item: Item): void {
    this.#note(item.id, item);
    this.#set(placed(this.#current, item, this.#cursor === null), this.#cursor);
  }

  remove(id: string): void {
    this.#note(id, undefined);
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
      if (isNewest()) this.#set(this.#withChanges(items, cursor === null), cursor);
    });
  }

  async #exclusively(read: (isNewest: () => boolean) => Promise<void>): Promise<void> {
    const own = ++this.#reading;
    this.#isReading = true;
    this.#changes.clear();
    this.#isLoading.set(true);
    try {
      await read(() => own === this.#reading);
    } finally {
      if (own === this.#reading) {
        this.#isReading = false;
        this.#changes.clear();
        this.#isLoading.set(false);
      }
    }
  }

  #note(id: string, item: Item | undefined): void {
    if (this.#isReading) this.#changes.set(id, item);
  }

  /** What was put or removed while the list was read is newer than what was read. */
  #withChanges(items: Item[], isWhole: boolean): Item[] {
    let result = items;
    for (const [id, item] of this.#changes) {
      result = item === undefined ? result.filter((other) => other.id !== id) : placed(result, item, isWhole);
    }
    return result;
  }

  #set(items: Item[], cursor: string | null): void {
    this.#current = items;
    this.#cursor = cursor;
    this.#items.set(items);
    this.#hasMore.set(cursor !== null);
  }
}

/** The items with one more, or a newer form of it; below the last one only where nothing is left to read. */
function placed<Item extends { id: string }>(items: Item[], item: Item, isWhole: boolean): Item[] {
  const at = items.findIndex((other) => other.id <= item.id);
  if (at === -1) return isWhole ? [...items, item] : items;
  return items.toSpliced(at, items[at]?.id === item.id ? 1 : 0, item);
}
