import { describe, expect, it } from "vitest";
import { OrreryError } from "@orrery/protocol";
import type { AgentDocument, ToolContext } from "./contract.ts";
import { builtinTools } from "./index.ts";

const document = (name: string, text: string, mediaType = "text/plain"): AgentDocument => ({
  id: `id-${name}`,
  name,
  mediaType,
  size: text.length,
  text: async () => text,
});

const context = (documents: AgentDocument[] = []): ToolContext => ({
  idempotencyKey: "k",
  signal: new AbortController().signal,
  now: () => new Date("2026-03-29T00:30:00Z"),
  documents: async () => documents,
});

async function run(
  name: string,
  input: unknown,
  documents: AgentDocument[] = [],
): Promise<Record<string, unknown>> {
  const tool = builtinTools.find((one) => one.name === name);
  const parsed = tool?.parse(input);
  if (!tool || !parsed?.success) throw new Error(parsed?.error?.message ?? `no tool ${name}`);
  return (await tool.run(parsed.data, context(documents))) as Record<string, unknown>;
}

describe("the list of tools", () => {
  it("names each once, with a schema that models are given", () => {
    expect(builtinTools.map(({ name }) => name)).toEqual([
      "read_document",
      "search_documents",
      "current_time",
      "calculate",
    ]);
    for (const { inputSchema, effect } of builtinTools) {
      expect(inputSchema).toMatchObject({ type: "object", additionalProperties: false });
      expect(effect).toBe("read");
    }
  });
});

describe("read_document", () => {
  const paged = document("a.pdf", "First page.\fSecond\fThird", "application/pdf");
  const plain = document("notes.txt", "0123456789");

  it("reads the newest without a name, and names the others", async () => {
    expect(await run("read_document", {}, [plain, paged])).toEqual({
      id: "id-notes.txt",
      name: "notes.txt",
      mediaType: "text/plain",
      start: 0,
      end: 10,
      total: 10,
      nextOffset: null,
      text: "0123456789",
      otherDocuments: [{ id: "id-a.pdf", name: "a.pdf" }],
    });
  });

  it("reads a part and says where to go on", async () => {
    const first = await run("read_document", { document: "notes.txt", limit: 4 }, [plain]);
    expect(first).toMatchObject({ text: "0123", nextOffset: 4 });
    expect(await run("read_document", { document: "id-notes.txt", offset: 4 }, [plain])).toMatchObject({
      text: "456789",
      start: 4,
      nextOffset: null,
    });
  });

  it("reads a page, with places in the whole text", async () => {
    expect(await run("read_document", { document: "A.PDF", page: 2 }, [paged])).toMatchObject({
      text: "Second",
      start: 12,
      end: 18,
      page: 2,
      pages: 3,
      nextOffset: null,
    });
    await expect(run("read_document", { page: 9 }, [paged])).rejects.toThrow("the document has 3 page(s)");
    await expect(run("read_document", { page: 1 }, [plain])).rejects.toThrow("has no pages");
  });

  it("never cuts a character in two", async () => {
    const read = await run("read_document", { limit: 2 }, [document("e.txt", "a😀b")]);
    expect(read).toMatchObject({ text: "a😀", nextOffset: 3 });
  });

  it("tells a model that asks for what is not there what is", async () => {
    await expect(run("read_document", { document: "b.pdf" }, [paged])).rejects.toThrow('There are: "a.pdf"');
    await expect(run("read_document", {})).rejects.toThrow("There are no documents");
  });
});

describe("search_documents", () => {
  const terms = document(
    "terms.md",
    "# Terms\n\n## Refunds\n\nRefunds take 30 days.\n\n## Fees\n\nA seat costs 9 euros.",
  );
  const other = document("other.md", "Nothing about money here.");

  it("answers with verbatim passages and their places", async () => {
    const found = await run("search_documents", { query: "How long do refunds take?" }, [other, terms]);
    const [best] = found["passages"] as {
      text: string;
      start: number;
      end: number;
      name: string;
      section: string;
    }[];
    expect(best).toMatchObject({ name: "terms.md", section: "Terms > Refunds" });
    expect((await terms.text()).slice(best?.start, best?.end)).toBe(best?.text);
    expect(found["wordCounts"]).toEqual({ long: 0, refunds: 1, take: 1 });
    expect(found["documents"]).toHaveLength(2);
  });

  it("can be held to one document", async () => {
    const found = await run("search_documents", { query: "money refunds", document: "other.md" }, [
      other,
      terms,
    ]);
    expect(found["passages"]).toHaveLength(1);
  });

  it("goes on past a document that cannot be read, and names it", async () => {
    const scan = {
      ...document("scan.pdf", ""),
      text: async () => {
        throw new OrreryError("invalid_request", "no text in it");
      },
    };
    const found = await run("search_documents", { query: "seat" }, [scan, terms]);
    expect(found["passages"]).toHaveLength(1);
    expect(found["notSearched"]).toEqual([{ name: "scan.pdf", reason: "no text in it" }]);
  });

  it("notices another text under the same id", async () => {
    await run("search_documents", { query: "seat" }, [terms]);
    const changed = { ...terms, text: async () => "Entirely new." };
    expect((await run("search_documents", { query: "seat" }, [changed]))["passages"]).toEqual([]);
  });

  it("checks its input", () => {
    const search = builtinTools.find(({ name }) => name === "search_documents");
    for (const input of [{}, { query: " " }, { query: "a", limit: 0 }, { query: "a", more: 1 }, null]) {
      expect(search?.parse(input).success).toBe(false);
    }
  });
});

describe("current_time", () => {
  it("tells the time in a zone, its summer time included", async () => {
    expect(await run("current_time", {})).toEqual({
      utc: "2026-03-29T00:30:00.000Z",
      timeZone: "UTC",
      local: "2026-03-29T00:30:00+00:00",
      weekday: "Sunday",
    });
    expect(await run("current_time", { timeZone: "America/New_York" })).toMatchObject({
      local: "2026-03-28T20:30:00-04:00",
      weekday: "Saturday",
    });
  });

  it("refuses a zone that does not exist", async () => {
    await expect(run("current_time", { timeZone: "Mars/Olympus" })).rejects.toThrow("IANA time zone");
  });
});
