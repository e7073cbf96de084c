import { beforeEach, describe, expect, test } from "vitest";
import { Attachments } from "./attachments.svelte.ts";
import { Drafts } from "./draft.svelte.ts";

let stored: Storage;

/** A tab's storage. */
function storage(): Storage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    clear: () => items.clear(),
    getItem: (key) => items.get(key) ?? null,
    key: (index) => [...items.keys()][index] ?? null,
    removeItem: (key) => void items.delete(key),
    setItem: (key, value) => void items.set(key, value),
  };
}

const draftsOf = (agentId: string, where: Storage | undefined = stored) =>
  new Drafts(agentId, () => new Attachments(), where);

beforeEach(() => {
  stored = storage();
});

describe("drafts", () => {
  test("stay with their conversation", () => {
    const drafts = draftsOf("a");
    drafts.of("one").text = "half a thought";
    expect(drafts.of("two").text).toBe("");
    expect(drafts.of(undefined).text).toBe("");
    expect(drafts.of("one").text).toBe("half a thought");
  });

  test("are there again after a reload, and gone once sent", () => {
    draftsOf("a").of("one").text = "half a thought";
    const reloaded = draftsOf("a").of("one");
    expect(reloaded.text).toBe("half a thought");
    expect(draftsOf("b").of("one").text).toBe("");
    reloaded.text = "";
    expect(stored.length).toBe(0);
  });

  test("go on in the conversation that has just begun", () => {
    const drafts = draftsOf("a");
    const draft = drafts.of(undefined);
    draft.text = "and another thing";
    drafts.begun("one");
    expect(drafts.of("one")).toBe(draft);
    expect(drafts.of(undefined).text).toBe("");
    expect(draftsOf("a").of("one").text).toBe("and another thing");
  });

  test("of a confidential agent are nowhere but in memory", () => {
    const drafts = new Drafts("a", () => new Attachments(), undefined);
    drafts.of("one").text = "secret";
    expect([drafts.of("one").text, stored.length]).toEqual(["secret", 0]);
  });
});
