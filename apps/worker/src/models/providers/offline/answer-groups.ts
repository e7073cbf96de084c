/** What belongs to a found piece: the list it introduces or is in, its record, its code. */
import type { Candidate } from "./evidence.ts";
import type { Ask } from "./questions.ts";

const itemsOfList = 12;
const linesOfRecord = 8;

const introduces = (text: string): boolean => /:["'”’)*_]*$/.test(text);

/** The pieces after one, as long as they go on with it. */
function following(candidate: Candidate, goesOn: (next: Candidate) => boolean, most: number): Candidate[] {
  const found: Candidate[] = [];
  for (let next = candidate.after; next && goesOn(next) && found.length < most; next = next.after) {
    found.push(next);
  }
  return found;
}

/** The items, the rows or the code after "…:". */
function introduced(candidate: Candidate): Candidate[] {
  const next = candidate.after;
  if (!introduces(candidate.text) || next === undefined) return [];
  if (next.kind === "code") return [next];
  if (next.kind !== "item" && next.kind !== "row") return [];
  return following(candidate, ({ kind }) => kind === next.kind, itemsOfList);
}

/** The rows under a row of column names. */
const rowsUnder = (candidate: Candidate): Candidate[] =>
  candidate.kind === "row" && candidate.columns === ""
    ? following(candidate, ({ columns }) => columns !== "" && columns.includes(candidate.text), itemsOfList)
    : [];

/** The other items of the list that an item is in, with what introduces it. */
function listAround(candidate: Candidate): Candidate[] {
  const list: Candidate[] = [];
  for (let one = candidate.before; one && list.length < itemsOfList; one = one.before) {
    const opens = one.kind === "sentence" && introduces(one.text);
    if (one.kind !== "item" && !opens) break;
    list.unshift(one);
    if (opens) break;
  }
  return [...list, candidate, ...following(candidate, ({ kind }) => kind === "item", itemsOfList)];
}

const isJsonLine = ({ kind, text }: Candidate): boolean =>
  kind === "row" && /^"(?:[^"\\]|\\.)*"\s*:/.test(text);

/** The other values of the JSON object that a value is in: lines that no brace divides. */
function recordAround(candidate: Candidate): Candidate[] {
  const belongs = (from: Candidate, to: Candidate): boolean =>
    isJsonLine(to) && to.section === candidate.section && Math.abs(to.block - from.block) === 1;
  const record = [candidate];
  const isLong = (): boolean => record.length > linesOfRecord;
  for (
    let one = candidate.before, last = candidate;
    one && belongs(last, one) && !isLong();
    last = one, one = one.before
  ) {
    record.unshift(one);
  }
  for (
    let one = candidate.after, last = candidate;
    one && belongs(last, one) && !isLong();
    last = one, one = one.after
  ) {
    record.push(one);
  }
  return isLong() ? [candidate] : record;
}

/** Whether a way of doing something is asked for. */
export const asksHow = ({ text }: Ask): boolean =>
  /\bhow (?:do|can|to|should|would|does|is|are)\b|\b(?:steps|procedure|instructions)\b/i.test(text);

/** Code right after a sentence that says how something is done. */
function codeAfter(ask: Ask, { after }: Candidate): Candidate[] {
  const wanted = asksHow(ask) || /\b(?:command|example|syntax|code|usage)\b/i.test(ask.text);
  return wanted && after?.kind === "code" && after.text.length < 1_500 ? [after] : [];
}

const wordsOfLeadIn = 4;

/** What explains "Yes." or "**It works offline.**": the next sentence of the paragraph. */
const explained = ({ kind, terms, block, after }: Candidate): Candidate[] =>
  kind === "sentence" && terms.length < wordsOfLeadIn && after?.block === block ? [after] : [];

/**
 * A piece with what belongs to it, in the order of the text. `own` is the share of the question that it
 * answers by its own words: an item that holds them is the answer; one that only stands under them is a part.
 */
export function withItsGroup(ask: Ask, candidate: Candidate, own: number): Candidate[] {
  const isPart = candidate.kind === "item" && own < 0.5 && (ask.wantsList || asksHow(ask));
  if (isPart) return listAround(candidate);
  if (isJsonLine(candidate)) return recordAround(candidate);
  return [
    ...new Set([
      candidate,
      ...explained(candidate),
      ...introduced(candidate),
      ...rowsUnder(candidate),
      ...codeAfter(ask, candidate),
    ]),
  ];
}
