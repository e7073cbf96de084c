/** What a document says first and most. */
import type { Candidate, Evidence } from "./evidence.ts";
import type { Ask } from "./questions.ts";
import { quotationsOf, type Quotation } from "./select.ts";

const sentences = 5;

/**
 * For each document (the named one, or up to three) the sentences whose terms the document uses most, the
 * beginning preferred, at most one of a section while there are others; in the document's order. The weight
 * of a sentence is the mean share of its terms among all (SumBasic without its updates: Nenkova and
 * Vanderwende, "The Impact of Frequency on Summarization", 2005).
 */
export function overview(ask: Ask, evidence: Evidence): Quotation[] {
  const byDocument = new Map<string, Candidate[]>();
  for (const candidate of evidence.candidates) {
    if (ask.page !== undefined && candidate.page !== ask.page) continue;
    const { id, name } = candidate.document;
    if (
      ask.document !== undefined &&
      id !== ask.document &&
      !name.toLowerCase().endsWith(ask.document.toLowerCase())
    ) {
      continue;
    }
    const ofDocument = byDocument.get(id);
    if (ofDocument === undefined) byDocument.set(id, [candidate]);
    else ofDocument.push(candidate);
  }
  return [...byDocument.values()].slice(0, 3).flatMap((candidates) => quotationsOf(central(candidates)));
}

/** Sentences and items, or rows where there is nothing else, as in a sheet. */
function statements(candidates: readonly Candidate[]): readonly Candidate[] {
  const prose = candidates.filter(({ kind, terms }) => quotable(kind, terms.length));
  return prose.length > 0 ? prose : candidates.filter(({ kind }) => kind === "row");
}

function central(candidates: readonly Candidate[]): Candidate[] {
  const counts = new Map<string, number>();
  let total = 0;
  for (const { terms } of candidates) {
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    total += terms.length;
  }
  const length = candidates.length;
  const scored = statements(candidates)
    .map((candidate, place) => {
      const { terms, kind } = candidate;
      const share =
        terms.reduce((sum, term) => sum + (counts.get(term) ?? 0) / total, 0) / Math.max(terms.length, 1);
      const early = place < 8 ? 1.6 : 1 + 0.3 * (1 - place / length);
      const full = Math.min(1, terms.length / 10) * (kind === "sentence" ? 1 : 0.7);
      const first = candidate.depth <= 1 ? 1.25 : 1;
      return { candidate, place, score: share * early * first * full };
    })
    .filter(({ score }) => score > 0)
    .toSorted((x, y) => y.score - x.score || x.place - y.place);

  // What a text says first is most often what it is about.
  const lead = scored
    .filter(
      ({ candidate: { kind, text, terms } }) =>
        kind === "sentence" && terms.length >= 5 && /[.!?。]["')*_]*$/.test(text),
    )
    .toSorted((x, y) => x.place - y.place)[0];
  const chosen = lead ? [lead] : [];
  const sections = new Set(lead ? [lead.candidate.section] : []);
  for (const onePerSection of [true, false]) {
    for (const one of scored) {
      if (chosen.length >= sentences) break;
      if (chosen.includes(one) || (onePerSection && sections.has(one.candidate.section))) continue;
      chosen.push(one);
      sections.add(one.candidate.section);
    }
  }
  return chosen.toSorted((x, y) => x.place - y.place).map(({ candidate }) => candidate);
}

/** Whole statements: neither titles nor code, neither fragments nor endless. */
const quotable = (kind: Candidate["kind"], terms: number): boolean =>
  (kind === "sentence" || kind === "item") && terms >= (kind === "sentence" ? 4 : 3) && terms <= 60;
