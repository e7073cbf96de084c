import { createContext } from "svelte";

/** A place in a document that a text rests on. */
export interface Citation {
  /** As the text names it, brackets included: `[report.pdf, characters 507–695]`. */
  mark: string;
  /** From 1, in the order of the list of sources. */
  number: number;
  /** What the mark says, in words. */
  description: string;
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
