import type { Page } from "@orrery/protocol";

/**
 * Every item of a paged list, one page in memory at a time.
 * @param read reads the page after a cursor; undefined for the first
 */
export async function* eachItem<Item>(
  read: (cursor: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    yield* page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

/** The query of a list: how many items a page has (1 to 100, default 25), after which cursor. */
export interface PageOptions {
  limit?: number | undefined;
  cursor?: string | undefined;
}
