import { createContext } from "svelte";

/** What a document says at a cited place. */
export interface Passage {
  /** What stands before the quoted words, and after them. */
  before: string;
  quote: string;
  after: string;
}

/** A place in a document that a text rests on. */
export interface Citation {
  /** As the text names it, brackets included: `[report.pdf, characters 507–695]`. */
  mark: string;
  /** From 1, in the order of the list of sources. */
  number: number;
  title: string;
  /** Which of the document's characters, where that is known. */
  range: { start: number; end: number } | undefined;
  /** The page where it begins, where the text names one. */
  page: number | undefined;
  /** What is written there, where what is at hand holds it. */
  passage: Passage | undefined;
}

/** The citations of the text being shown, for the marks inside it. */
export const [citationsInText, showCitations] = createContext<() => readonly Citation[]>();

/** A text cut at the marks of its citations. */
export function splitAtCitations(text: string, citations: readonly Citation[]): (string | Citation)[] {
  let pieces: (string | Citation)[] = [text];
  for (const citation of citations) {
    pieces = pieces.flatMap((piece) => {
      if (typeof piece !== "string" || !piece.includes(citation.mark)) return [piece];
      return piece.split(citation.mark).flatMap((part, index) => (index === 0 ? [part] : [citation, part]));
    });
  }
  return pieces.filter((piece) => piece !== "");
}
