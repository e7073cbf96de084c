/** Finding and reading the documents that a tool may see. */
import type { AgentDocument } from "./contract.ts";

/** The document with this id, name, or the only one whose name begins so or matches but for case. */
export function documentNamed(
  documents: readonly AgentDocument[],
  wanted: string,
): AgentDocument | undefined {
  const exact = documents.find(({ id, name }) => id === wanted || name === wanted);
  if (exact) return exact;
  const lower = wanted.trim().toLowerCase();
  const same = documents.find(({ name }) => name.toLowerCase() === lower);
  if (same) return same;
  const beginning = documents.filter(({ name }) => name.toLowerCase().startsWith(lower));
  return beginning.length === 1 ? beginning[0] : undefined;
}

/** A sentence for a model that asked for what is not there. */
export const noSuchDocument = (documents: readonly AgentDocument[], wanted: string): Error =>
  new Error(
    documents.length === 0
      ? "There are no documents: none was attached to this agent."
      : `There is no document "${wanted}". There are: ${documents
          .slice(0, 20)
          .map(({ name }) => `"${name}"`)
          .join(", ")}.`,
  );

/** Whether positions in the text fall on pages, which form feeds divide. */
export const isPaged = (mediaType: string, text: string): boolean =>
  text.includes("\f") || mediaType.toLowerCase().startsWith("application/pdf");

/** The page, from 1, of a position. */
export function pageAt(text: string, position: number): number {
  let page = 1;
  for (let at = text.indexOf("\f"); at !== -1 && at < position; at = text.indexOf("\f", at + 1)) page += 1;
  return page;
}
