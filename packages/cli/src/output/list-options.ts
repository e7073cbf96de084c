import type { Page } from "@orrery/client";
import { Option, numeric } from "../command.ts";
import type { Session } from "../session.ts";

export interface ListOptions {
  limit?: number;
  cursor?: string;
  all?: true;
}

/** What every list takes. */
export const listOptions = (): Option[] => [
  numeric(new Option("--limit <count>", "at most so many, 1 to 100 (25)"), { min: 1, max: 100, whole: true }),
  new Option("--cursor <cursor>", "go on after an earlier page"),
  new Option("--all", "every one there is").conflicts(["limit", "cursor"]),
];

/** Reads the page that was asked for, or all pages as one. */
export async function readList<Item>(
  options: ListOptions,
  read: (query: { limit?: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const { limit, cursor } = options;
  if (options.all !== true) {
    return read({ ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) });
  }
  const items: Item[] = [];
  let next: string | undefined;
  do {
    const page = await read({ limit: 100, ...(next !== undefined && { cursor: next }) });
    items.push(...page.items);
    next = page.nextCursor ?? undefined;
  } while (next !== undefined);
  return { items, nextCursor: null };
}

/** Shows a page, and says when there is more, or nothing. */
export function showList<Item>(
  session: Session,
  page: Page<Item>,
  empty: string,
  render: (items: Item[]) => string,
): void {
  session.show(page, () => (page.items.length === 0 ? "" : render(page.items)));
  if (page.items.length === 0) session.remark(empty);
  else if (page.nextCursor !== null) session.remark(`There are more: --all, or --cursor ${page.nextCursor}`);
}
