/** Pages of lists that an agent's object answers with. */
import type { Page } from "@orrery/protocol";

/** A page of a list: `limit` items after the one that `cursor` names. */
export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

/** The page of `rows`, of which there is one more than `limit` where another page follows. */
export function pageOf<Row extends { id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  return { items: shown.map(view), nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
}
