import { z } from "zod";
import { defineTool } from "./define-tool.ts";
import { documentNamed, isPaged, noSuchDocument, pageAt } from "./documents.ts";

/** Characters that one call may answer with. */
const longest = 20_000;

/** Where a page's text begins and ends. */
function boundsOf(text: string, page: number): { start: number; end: number; pages: number } {
  const pages = text.split("\f");
  if (page > pages.length) {
    throw new Error(`There is no page ${page}: the document has ${pages.length} page(s).`);
  }
  const start = pages.slice(0, page - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return { start, end: start + (pages[page - 1]?.length ?? 0), pages: pages.length };
}

/**
 * Answers `{id, name, mediaType, text, start, end, total, nextOffset, page?, pages?, otherDocuments}`: the
 * characters `start` to `end` of a text of `total`; `nextOffset` is null where nothing follows.
 */
export const readDocument = defineTool({
  name: "read_document",
  description:
    "Reads the text of a document that was given to this agent, up to 20,000 characters at a time. Without a document it reads the newest; with a page (PDF) that page. Go on with offset = nextOffset.",
  effect: "read",
  input: z.strictObject({
    document: z.string().min(1).max(255).optional().describe("Its name or id"),
    offset: z.number().int().nonnegative().optional().describe("Characters to skip; 0 without it"),
    limit: z.number().int().min(1).max(longest).optional().describe("Characters to read at most"),
    page: z.number().int().min(1).optional().describe("Page of a PDF, from 1; offset is within it"),
  }),
  run: async ({ document: wanted, offset = 0, limit = longest, page }, context) => {
    const documents = await context.documents();
    const document = wanted === undefined ? documents[0] : documentNamed(documents, wanted);
    if (document === undefined) throw noSuchDocument(documents, wanted ?? "");
    const text = await document.text();
    const paged = isPaged(document.mediaType, text);
    if (page !== undefined && !paged) {
      throw new Error(`"${document.name}" has no pages: use offset and limit.`);
    }
    const bounds =
      page === undefined ? { start: 0, end: text.length, pages: undefined } : boundsOf(text, page);
    const start = Math.min(bounds.start + offset, bounds.end);
    const end = wholeCharacters(text, Math.min(start + limit, bounds.end));
    return {
      id: document.id,
      name: document.name,
      mediaType: document.mediaType,
      start,
      end,
      total: text.length,
      nextOffset: end < bounds.end ? end - bounds.start : null,
      ...(paged && { page: pageAt(text, start), pages: text.split("\f").length }),
      text: text.slice(start, end),
      otherDocuments: documents
        .filter((other) => other !== document)
        .slice(0, 20)
        .map(({ id, name }) => ({ id, name })),
    };
  },
});

/** Moves a cut that would fall inside a character of two units behind it. */
const wholeCharacters = (text: string, end: number): number =>
  /[\ud800-\udbff]/.test(text[end - 1] ?? "") && end < text.length ? end + 1 : end;
