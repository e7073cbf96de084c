import { ApiError, ConnectionError, type Documents } from "@orrery/client";
import type { Document } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { AgentDocuments, wordsOf } from "./agent-documents.svelte.ts";

const document = (id: string, minute: number, name = `${id}.md`): Document => ({
  id,
  name,
  mediaType: "text/markdown",
  size: 4,
  createdAt: `2026-11-30T10:${String(minute).padStart(2, "0")}:00.000Z`,
});

type Client = ConstructorParameters<typeof AgentDocuments>[1];

/** A platform that holds these, two on a page, and is spoken to by hand where a test says so. */
function platformWith(held: Document[], changes: Partial<Client> = {}) {
  const told: unknown[][] = [];
  const list: Documents["list"] = (_, { cursor = "0" } = {}) => {
    const from = Number(cursor);
    const next = from + 2;
    return Promise.resolve({
      items: held.slice(from, next),
      nextCursor: next < held.length ? String(next) : null,
    });
  };
  const client: Client = {
    list,
    add: () => Promise.reject(new Error("nothing is added here")),
    delete: () => Promise.resolve(),
    ...changes,
  };
  const documents = new AgentDocuments("an-agent", client, (...words) => told.push(words));
  const names = () => documents.items?.map(({ name }) => name);
  return { documents, told, names };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

const full = new ApiError({ code: "conflict", status: 409, detail: "The agent holds 500 documents already" });

describe("an agent's documents", () => {
  test("are read to the last page, and shown newest first", async () => {
    const { documents, names } = platformWith([document("a", 1), document("b", 3), document("c", 2)]);
    expect(names()).toBeUndefined();
    await documents.load();
    expect(names()).toEqual(["b.md", "c.md", "a.md"]);
  });

  test("stay when they cannot be read again, and the failure is known", async () => {
    const held = [document("a", 1)];
    let broken = false;
    const { documents, names } = platformWith(held, {
      list: () =>
        broken
          ? Promise.reject(new ConnectionError("unreachable", "gone"))
          : Promise.resolve({ items: held, nextCursor: null }),
    });
    await documents.load();
    broken = true;
    await documents.load();
    expect([names(), documents.error]).toEqual([["a.md"], new ConnectionError("unreachable", "gone")]);
  });

  test("that are added while the list is read are in it", async () => {
    const held = [document("a", 1)];
    const first = Promise.withResolvers<void>();
    let readings = 0;
    const { documents, names, told } = platformWith(held, {
      list: async () => {
        readings += 1;
        const items = [...held];
        if (readings === 1) await first.promise;
        return { items, nextCursor: null };
      },
      add: (_, input) => {
        const added = document("b", 2, "name" in input ? input.name : "");
        held.push(added);
        return Promise.resolve(added);
      },
    });
    const loading = documents.load();
    documents.uploads.add([new File(["text"], "new.md")]);
    await soon();
    first.resolve();
    await loading;
    expect(names()).toEqual(["new.md", "a.md"]);
    expect(told).toEqual([["new.md added"]]);
  });

  test("that were there already are not there twice, and it is told", async () => {
    const { documents, names, told } = platformWith([document("a", 1, "old.md")], {
      add: () => Promise.resolve(document("a", 5, "new.md")),
    });
    await documents.load();
    documents.uploads.add([new File(["text"], "new.md")]);
    await soon();
    expect(names()).toEqual(["new.md"]);
    expect(told).toEqual([["new.md is here already", "Until now it was called old.md."]]);
  });

  test("that the platform does not take say why, and whether to try again", async () => {
    const refusals: Record<string, Error> = {
      "one too many.md": full,
      "large.md": new ApiError({ code: "payload_too_large", status: 413, detail: "too many bytes" }),
    };
    const { documents } = platformWith([], {
      add: (_, input) => Promise.reject("name" in input ? refusals[input.name] : undefined),
    });
    documents.uploads.add([
      new File(["text"], "one too many.md"),
      new File(["text"], "large.md"),
      new File(["text"], "offer.docx"),
    ]);
    await soon();
    expect(documents.uploads.items.map(({ failure }) => failure)).toEqual([
      { words: "one too many.md could not be added. The agent holds 500 documents already.", retry: true },
      { words: "large.md could not be added. Too large. Too many bytes.", retry: false },
      {
        words: "offer.docx cannot be read. Agents read PDF, Markdown, HTML, CSV, JSON and plain text.",
        retry: false,
      },
    ]);
  });

  test("that somebody else deleted before are deleted without a complaint", async () => {
    const gone = new ApiError({ code: "not_found", status: 404, detail: "no such document" });
    const { documents, names } = platformWith([document("a", 1), document("b", 2)], {
      delete: () => Promise.reject(gone),
    });
    await documents.load();
    await documents.remove(document("a", 1));
    expect(names()).toEqual(["b.md"]);
  });

  test("are counted in words", () => {
    const given = (...before: (string | undefined)[]) =>
      wordsOf(before.map((name, index) => ({ document: document(String(index), 1), before: name })));
    expect(given(undefined, undefined)).toEqual(["2 documents added"]);
    expect(given(undefined, "1.md")).toEqual(["1 document added", "1 of the files was here already."]);
    expect(given("0.md")).toEqual(["0.md is here already"]);
    expect(given("0.md", "1.md")).toEqual(["All 2 documents are here already"]);
  });
});
