import { z } from "zod";

/** Query of every list: `limit` items (1 to 100, default 25) after `cursor`. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().min(1).max(2_048).optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** A page of `Item`s; `nextCursor` is null on the last one. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}
