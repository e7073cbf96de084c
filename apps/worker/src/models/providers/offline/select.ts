/** Ranked candidates to the quotations of an answer. */
import { withItsGroup } from "./answer-groups.ts";
import type { Candidate, Evidence, QuotedDocument } from "./evidence.ts";
import type { Ask } from "./questions.ts";
import { answerable, answerableBroadly, namesWhatIsAbsent, rank, type Comparing } from "./rank.ts";

export interface Quotation {
  document: QuotedDocument;
  /** Characters of the document's text, end exclusive; `text` is exactly what stands there. */
  start: number;
  end: number;
  text: string;
  page: number | undefined;
  code: boolean;
}

const quotations = 3;
const quotationsOfList = 8;

const wordsOf = ({ terms }: Candidate): string => terms.join(" ");

interface Run {
  first: Candidate;
  last: Candidate;
}

/** Sentences of one paragraph that follow each other become one quotation, in the place of the first chosen. */
export function quotationsOf(candidates: readonly Candidate[]): Quotation[] {
  const runs: Run[] = [];
  for (const candidate of candidates) {
    const run = runs.find(
      ({ first, last }) =>
        first.block === candidate.block && (last.after === candidate || first.before === candidate),
    );
    if (run === undefined) runs.push({ first: candidate, last: candidate });
    else if (run.last.after === candidate) run.last = candidate;
    else run.first = candidate;
  }
  return runs.map(({ first, last }) => ({
    document: first.document,
    start: first.start,
    end: last.end,
    text: first.source.text.slice(first.start - first.source.start, last.end - first.source.start),
    page: first.page,
    code: first.kind === "code",
  }));
}

/**
 * The quotations that answer a question, the best first; none when nothing holds enough of its words.
 * Lists come whole, and code with the sentence that introduces it.
 */
export function select(ask: Ask, evidence: Evidence, comparing: Comparing): Quotation[] {
  // What is said of others answers nothing about a thing that is named nowhere.
  if (namesWhatIsAbsent(ask, evidence)) return [];
  const least = ask.broad ? answerableBroadly : answerable;
  const ranked = rank(ask, evidence, comparing).filter(({ coverage }) => coverage >= least);
  const best = ranked[0];
  if (best === undefined) return [];
  const several = ask.wantsList || ask.broad;
  const floor = Math.max(best.score * (several ? 0.75 : 0.85), least);
  const limit = several ? quotationsOfList : quotations;
  const chosen = new Set<Candidate>();
  const said = new Set<string>();
  let groups = 0;
  for (const { candidate, score, own } of ranked) {
    if (groups >= limit || score < floor) break;
    if (said.has(wordsOf(candidate))) continue;
    if (several && candidate.kind === "code") continue;
    const group = withItsGroup(ask, candidate, own);
    for (const one of group) {
      chosen.add(one);
      said.add(wordsOf(one));
    }
    // A list is several quotations already.
    groups += group.length > 2 ? 3 : 1;
  }
  return quotationsOf([...chosen]);
}
