import { OrreryError, type Page } from "@orrery/protocol";
import { base64url } from "jose";
import type { z } from "zod";
import { sha256 } from "./secrets.ts";

/** Characters of a cursor that say whose it is, and that it is whole. */
const markLength = 10;

/** The cursors of one list. */
export interface Cursors {
  /**
   * The place after which a page begins, of a client's `cursor`.
   * @throws OrreryError invalid_request (422) for one that no page of this list gave
   */
  place(cursor: string | undefined): string | undefined;
  /** The cursor of what comes after a place; null where nothing does. */
  after(place: string | null): string | null;
  /** A page whose `nextCursor` is a place, as clients get it. */
  page<Item>(page: Page<Item>): Page<Item>;
}

const decoded = (text: string): string | null => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(base64url.decode(text));
  } catch {
    return null;
  }
};

/**
 * Cursors as clients get them: opaque, and marked with the list and the place, so that one that is damaged, or of
 * another list, is refused instead of beginning somewhere else.
 * @param list names the list, with the ids of what it belongs to
 * @param places what a place in it looks like
 */
export function cursorsOf(list: string, places: z.ZodType<string>): Cursors {
  const cursorOf = (place: string): string =>
    sha256(JSON.stringify([list, place])).slice(0, markLength) + base64url.encode(place);
  const after = (place: string | null): string | null => (place === null ? null : cursorOf(place));
  return {
    after,
    place(cursor) {
      if (cursor === undefined) return undefined;
      const place = decoded(cursor.slice(markLength));
      if (place !== null && cursorOf(place) === cursor && places.safeParse(place).success) return place;
      throw new OrreryError("invalid_request", "The cursor is not one that a page of this list gave", {
        status: 422,
        errors: [{ path: "cursor", message: "expected the nextCursor of a page" }],
      });
    },
    page: ({ items, nextCursor }) => ({ items, nextCursor: after(nextCursor) }),
  };
}
