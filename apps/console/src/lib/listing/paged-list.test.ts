import type { Page } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { PagedList } from "./paged-list.svelte.ts";

interface Row {
  id: string;
  text?: string;
}

/** A list whose readings are answered by hand. */
function underHand() {
  const asked: {
    cursor: string | undefined;
    answer: (page: Page<Row>) => void;
    fail: (error: Error) => void;
  }[] = [];
  const list = new PagedList<Row>(
    ({ cursor }) =>
      new Promise((answer, fail) => {
        asked.push({ cursor, answer, fail });
      }),
  );
  return { list, asked };
}

const ids = (list: PagedList<Row>) => list.items.map(({ id }) => id).join("");

describe("a paged list", () => {
  test("goes on after the last page read, without repeating what live news brought", async () => {
    const { list, asked } = underHand();
    const first = list.reload();
    asked[0]?.answer({ items: [{ id: "c" }, { id: "b" }], nextCursor: "after-b" });
    await first;
    list.put({ id: "d" });
    const second = list.more();
    expect(asked[1]?.cursor).toBe("after-b");
    asked[1]?.answer({ items: [{ id: "b" }, { id: "a" }], nextCursor: null });
    await second;
    expect(ids(list)).toBe("dcba");
    expect(list.hasMore).toBe(false);
  });

  test("is read again after news, except under a reader who has read on", async () => {
    const { list, asked } = underHand();
    for (const id of ["b", "c"]) {
      const news = list.renew();
      asked.at(-1)?.answer({ items: [{ id }], nextCursor: "after" });
      await news;
    }
    const second = list.more();
    asked.at(-1)?.answer({ items: [{ id: "a" }], nextCursor: null });
    await second;
    await list.renew();
    expect([ids(list), asked.length]).toEqual(["ca", 3]);
    const over = list.reload();
    asked.at(-1)?.answer({ items: [{ id: "d" }], nextCursor: null });
    await over;
    void list.renew();
    expect(asked).toHaveLength(5);
  });

  test("shows only the answer to its last reading", async () => {
    const { list, asked } = underHand();
    const slow = list.reload();
    const quick = list.reload();
    asked[1]?.answer({ items: [{ id: "new" }], nextCursor: null });
    asked[0]?.answer({ items: [{ id: "old" }], nextCursor: null });
    await Promise.all([slow, quick]);
    expect(ids(list)).toBe("new");
    expect(list.loading).toBe(false);
  });

  test("keeps what it shows when reading on fails, and can try again", async () => {
    const { list, asked } = underHand();
    const first = list.reload();
    asked[0]?.answer({ items: [{ id: "b" }], nextCursor: "after-b" });
    await first;
    const failing = list.more();
    asked[1]?.fail(new Error("gone"));
    await failing;
    expect([ids(list), list.error]).toEqual(["b", new Error("gone")]);
    const again = list.more();
    asked[2]?.answer({ items: [{ id: "a" }], nextCursor: null });
    await again;
    expect([ids(list), list.error]).toEqual(["ba", undefined]);
  });

  test("replaces an item it has and puts a new one first", async () => {
    const { list } = underHand();
    list.put({ id: "a" });
    list.put({ id: "b" });
    list.put({ id: "a", text: "changed" });
    expect(list.items).toEqual([{ id: "b" }, { id: "a", text: "changed" }]);
    list.remove("b");
    expect(ids(list)).toBe("a");
  });
});
