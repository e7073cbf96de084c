import { count } from "#lib/formatting/quantities.ts";
import type { Citation } from "./citation.ts";

/** Where in its document: "page 2, characters 507 to 695"; empty where that is not known. */
export const placeWords = ({ page, range }: Pick<Citation, "page" | "range">): string =>
  [page !== undefined && `page ${page}`, range && `characters ${count(range.start)} to ${count(range.end)}`]
    .filter((part) => typeof part === "string")
    .join(", ");

/** The whole citation in words: "report.pdf, page 2, characters 507 to 695". */
export const citationWords = (citation: Citation): string =>
  [citation.title, placeWords(citation)].filter(Boolean).join(", ");
