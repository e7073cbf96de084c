/** Ranked candidates to the quotations of an answer. */
import type { Candidate, Evidence, QuotedDocument } from "./evidence.ts";
import type { Ask } from "./questions.ts";
import { answerable, rank } from "./rank.ts";

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
const quotationsOfList = 6;
const itemsOfList = 12;

const sameWords = (x: Candidate, y: Candidate): boolean => x.terms.join(" ") === y.terms.join(" ");

/** What an introduction introduces: "…:" and the items, rows or code after it. */
function introduced(candidate: Candidate): Candidate[] {
  const found: Candidate[] = [];
  if (!/:["'”’)*_]*$/.test(candidate.text)) return found;
  for (let next = candidate.after; next !== undefined; next = next.after) {
    const belongs =
      next.kind === "item" || next.kind === "row" || (next.kind === "code" && found.length === 0);
    if (!belongs || found.length >= itemsOfList) break;
    found.push(next);
    if (next.kind === "code") break;
  }
  return found;
}

/** The other items of the list that an item is in, with what introduces it. */
function listAround(candidate: Candidate): Candidate[] {
  const list = [candidate];
  for (let one = candidate.before; one !== undefined && list.length < itemsOfList; one = one.before) {
    if (one.kind !== candidate.kind && !(one.kind === "sentence" && one.text.endsWith(":"))) break;
    list.unshift(one);
    if (one.kind === "sentence") break;
  }
  for (
    let one = candidate.after;
    one?.kind === candidate.kind && list.length < itemsOfList;
    one = one.after
  ) {
    list.push(one);
  }
  return list;
}

const howTo = (ask: Ask): boolean =>
  /\bhow (?:do|can|to|should|would|does|is|are)\b|\b(?:steps|procedure|instructions)\b/i.test(ask.text);

/** Code right after a sentence that says how something is done. */
function codeAfter(ask: Ask, candidate: Candidate): Candidate[] {
  const next = candidate.after;
  const howTo = /\bhow (?:do|can|to|should|would|does)\b|\b(?:command|example|syntax|code|usage)\b/i.test(
    ask.text,
  );
  return howTo && next?.kind === "code" && next.text.length < 1_500 ? [next] : [];
}

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
export function select(ask: Ask, evidence: Evidence): Quotation[] {
  const ranked = rank(ask, evidence).filter(({ coverage }) => coverage >= answerable);
  const best = ranked[0];
  if (best === undefined) return [];
  const limit = ask.wantsList ? quotationsOfList : quotations;
  const floor = Math.max(best.score * (ask.wantsList ? 0.8 : 0.85), answerable);
  const chosen: Candidate[] = [];
  let groups = 0;
  for (const { candidate, score } of ranked) {
    if (groups >= limit || score < floor) break;
    if (chosen.some((one) => one === candidate || sameWords(one, candidate))) continue;
    if (ask.wantsList && candidate.kind === "code") continue;
    const isItem = candidate.kind === "item" || candidate.kind === "row";
    const group =
      isItem && (ask.wantsList || (candidate.kind === "item" && howTo(ask)))
        ? listAround(candidate)
        : [candidate, ...introduced(candidate), ...codeAfter(ask, candidate)];
    chosen.push(...group.filter((one) => !chosen.includes(one)));
    groups += ask.wantsList && isItem ? 3 : 1;
  }
  return quotationsOf(chosen);
}
