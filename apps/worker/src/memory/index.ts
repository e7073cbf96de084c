/** What agents keep and find again: their documents, and lexical search over them. */
export { extractText } from "./extract-text.ts";
export { DocumentStore } from "./document-store.ts";
export type { DocumentBucket, DocumentSource, StoredDocument } from "./document-store.ts";
export { fetchAttachment } from "./fetch-attachment.ts";
export type { AttachmentLimits, FetchedAttachment } from "./fetch-attachment.ts";
/** What a file really is: its first bytes, and what is declared without its parameters. */
export { bareMediaType, signedMediaType } from "./media-kinds.ts";
export { segmentsOf } from "./lexical/segments.ts";
export type { Segment } from "./lexical/segments.ts";
export { likeness, termsOf, wordsOf } from "./lexical/terms.ts";
export { synonymsOf } from "./lexical/synonyms.ts";
export { indexPassages, searchPassages } from "./lexical/passage-index.ts";
export type { FoundPassage, PassageIndex, PassageSearch } from "./lexical/passage-index.ts";
