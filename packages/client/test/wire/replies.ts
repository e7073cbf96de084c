/** What the routes of the wire server answer with, and how they refuse. */
import { OrreryError, type Page } from "@orrery/protocol";

/** The part of a list, newest first, that a query asks for. The cursor is the last id given. */
export function pageOf<Item extends { id: string }>(all: Iterable<Item>, query: URLSearchParams): Page<Item> {
  const limit = Number(query.get("limit") ?? 25);
  if (limit < 1 || limit > 100) throw new OrreryError("invalid_request", "limit is 1 to 100");
  const cursor = query.get("cursor");
  const rest = [...all]
    .sort((one, other) => (one.id < other.id ? 1 : -1))
    .filter((item) => cursor === null || item.id < cursor);
  const items = rest.slice(0, limit);
  return { items, nextCursor: rest.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** @throws OrreryError not_found */
export function found<Item>(item: Item | undefined): Item {
  if (item === undefined) throw new OrreryError("not_found", "There is no such thing here.");
  return item;
}

interface Schema<Output> {
  safeParse(value: unknown): {
    success: boolean;
    data?: Output;
    error?: { issues: { path: PropertyKey[]; message: string }[] };
  };
}

/** @throws OrreryError invalid_request, naming the fields */
export function parsed<Output>(schema: Schema<Output>, value: unknown): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data as Output;
  throw new OrreryError("invalid_request", "The request does not have the form it must have.", {
    errors: (result.error?.issues ?? []).map(({ path, message }) => ({ path: path.join("."), message })),
  });
}
