/** Pages of lists that an agent's object answers with. */
import type { Page } from "@orrery/protocol";

/** A page of a list: `limit` items after the one that `cursor` names. */
export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

/**
 * Characters of JSON after which a page is full, whatever its limit: what an object answers by RPC has 32 MiB at most,
 * in which a character takes two bytes.
 */
export const pageCharacters = 8_000_000;

/** Characters of JSON that a value comes to. */
export const charactersOf = (value: unknown): number => JSON.stringify(value).length;

/**
 * A page of the rows that there are: `limit` of them, or fewer where they are large, but never none where one is left.
 * Takes no more rows than it shows and the one by which it knows that another page follows.
 */
export function pageOf<Row extends { id: string }, Item>(
  rows: Iterable<Row>,
  limit: number,
  view: (row: Row) => Item,
): Page<Item> {
  const items: Item[] = [];
  let characters = 0;
  let last: string | null = null;
  for (const row of rows) {
    if (items.length === limit || characters >= pageCharacters) return { items, nextCursor: last };
    const item = view(row);
    characters += charactersOf(item);
    items.push(item);
    last = row.id;
  }
  return { items, nextCursor: null };
}
