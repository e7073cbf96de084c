import { get } from "svelte/store";
import { describe, expect, test } from "vitest";
import type { Page } from "@orrery/protocol";
import { LiveList } from "./live-list.ts";

interface Item {
  id: string;
  text: string;
}

type Query = { limit: number; cursor?: string | undefined; q?: string };

const all = ["5", "4", "3", "2", "1"].map((id) => ({ id, text: id }));

function pageOf({ limit, cursor }: Query): Page<Item> {
  const rest = all.filter(({ id }) => cursor === undefined || id < cursor);
  const items = rest.slice(0, limit);
  return { items, nextCursor: rest.length > limit ? (items.at(-1)?.id ?? null) : null };
}

const ids = (list: { items: LiveList<Item, { q?: string }>["items"] }) => get(list.items).map(({ id }) => id);

const listOf = (read: (query: Query) => Promise<Page<Item>>) =>
  new LiveList<Item, { q?: string }>(read, { filter: {}, pageSize: 2 });

describe("a live list", () => {
  test("reads a page at a time, and again as much as it shows", async () => {
    const limits: number[] = [];
    const list = listOf((query) => {
      limits.push(query.limit);
      return Promise.resolve(pageOf(query));
    });
    await list.refresh();
    expect([ids(list), get(list.hasMore)]).toEqual([["5", "4"], true]);
    await list.more();
    await list.more();
    expect([ids(list), get(list.hasMore)]).toEqual([["5", "4", "3", "2", "1"], false]);
    await list.more();
    await list.refresh();
    expect(limits).toEqual([2, 2, 2, 5]);
  });

  test("puts what is new in its place, and what is newer in the place of the old", async () => {
    const list = listOf((query) => Promise.resolve(pageOf(query)));
    await list.refresh();
    list.put({ id: "6", text: "new" });
    list.put({ id: "4", text: "changed" });
    expect(get(list.items)).toEqual([{ id: "6", text: "new" }, all[0], { id: "4", text: "changed" }]);
    list.remove("6");
    expect(ids(list)).toEqual(["5", "4"]);
  });

  test("leaves out what belongs to a page that has not been read", async () => {
    const list = listOf((query) => Promise.resolve(pageOf(query)));
    await list.refresh();
    list.put({ id: "2", text: "older" });
    expect(ids(list)).toEqual(["5", "4"]);
  });

  test("keeps what changed while it was being read", async () => {
    let answer = () => {};
    const list = listOf(
      (query) =>
        new Promise((resolve) => {
          answer = () => resolve(pageOf(query));
        }),
    );
    const reading = list.refresh();
    list.put({ id: "6", text: "new" });
    list.put({ id: "4", text: "changed" });
    list.remove("5");
    answer();
    await reading;
    expect(get(list.items)).toEqual([
      { id: "6", text: "new" },
      { id: "4", text: "changed" },
    ]);
  });

  test("forgets a reading that a newer one has overtaken", async () => {
    const waiting: (() => void)[] = [];
    const list = listOf(
      (query) =>
        new Promise((resolve) => {
          waiting.push(() => resolve({ items: [{ id: "1", text: query.q ?? "" }], nextCursor: null }));
        }),
    );
    const first = list.show({ q: "first" });
    const second = list.show({ q: "second" });
    waiting[1]?.();
    await second;
    waiting[0]?.();
    await first;
    expect(get(list.items)).toEqual([{ id: "1", text: "second" }]);
    expect(get(list.isLoading)).toBe(false);
  });
});
