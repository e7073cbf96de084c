import { OrreryError } from "@orrery/protocol";
import { z } from "zod";
import { indexPassages, searchPassages, type PassageIndex } from "../../memory/index.ts";
import type { AgentDocument } from "./contract.ts";
import { defineTool } from "./define-tool.ts";
import { documentNamed, isPaged, noSuchDocument } from "./documents.ts";

/** Characters that one search may go through; what does not fit is named in the answer. */
const searchLimit = 20_000_000;

/** Indexes of texts searched before, the last used last, up to this many characters of text. */
const keptLimit = 8_000_000;
const kept = new Map<string, PassageIndex>();

/** A document's index, made at first use. Texts never change under an id; a comparison makes sure of it. */
function indexOf(document: AgentDocument, text: string): PassageIndex {
  // Its text is to be in memory no longer than the key that opens it.
  if (document.confidential) return indexPassages(text);
  const known = kept.get(document.id);
  const index = known?.text === text ? known : indexPassages(text);
  kept.delete(document.id);
  kept.set(document.id, index);
  let size = 0;
  for (const one of kept.values()) size += one.text.length;
  for (const [id, one] of kept) {
    if (size <= keptLimit) break;
    kept.delete(id);
    size -= one.text.length;
  }
  return index;
}

/**
 * Answers `{passages, documents, notSearched, passagesSearched, wordCounts}`. A passage is
 * `{document, name, mediaType, start, end, page?, section?, columns?, score, text}`: the characters `start` to `end` of
 * the document's text, as they are. `wordCounts` tells in how many passages each word of the query stands.
 */
export const searchDocuments = defineTool({
  name: "search_documents",
  description:
    "Finds the passages of this agent's documents that hold the words of a query, best first, verbatim with their positions. Ask with the words the document would use; search again with others when wordCounts shows that a word is nowhere.",
  effect: "read",
  input: z.strictObject({
    query: z.string().trim().min(1).max(2_000),
    limit: z.number().int().min(1).max(20).optional().describe("Passages; 6 without it"),
    document: z.string().min(1).max(255).optional().describe("Only this one, by name or id"),
  }),
  run: async ({ query, limit = 6, document: wanted }, context) => {
    const all = await context.documents();
    const only = wanted === undefined ? undefined : documentNamed(all, wanted);
    if (wanted !== undefined && only === undefined) throw noSuchDocument(all, wanted);
    const searched: { document: AgentDocument; index: PassageIndex }[] = [];
    const notSearched: { name: string; reason: string }[] = [];
    let size = 0;
    for (const document of only ? [only] : all) {
      context.signal.throwIfAborted();
      try {
        const text = size < searchLimit ? await document.text() : null;
        if (text === null || size + text.length > searchLimit) {
          notSearched.push({ name: document.name, reason: "too much text for one search: name it" });
          continue;
        }
        size += text.length;
        searched.push({ document, index: indexOf(document, text) });
      } catch (error) {
        if (!(error instanceof OrreryError)) throw error;
        notSearched.push({ name: document.name, reason: error.message });
      }
    }
    const result = searchPassages(
      query,
      searched.map(({ index }) => index),
      limit,
    );
    return {
      passages: result.found.flatMap(({ index, start, end, page, section, columns, score }) => {
        const source = searched[index];
        if (source === undefined) return [];
        const { id, name, mediaType } = source.document;
        const { text } = source.index;
        return {
          document: id,
          name,
          mediaType,
          start,
          end,
          ...(isPaged(mediaType, text) && { page: page + 1 }),
          ...(section !== "" && { section }),
          ...(columns !== "" && { columns }),
          score: Math.round(score * 100) / 100,
          text: text.slice(start, end),
        };
      }),
      documents: searched.map(({ document: { id, name } }) => ({ id, name })),
      notSearched,
      passagesSearched: result.passages,
      wordCounts: result.occurrences,
    };
  },
});
