/** Sentence ends. */

/** Words before a point that does not end a sentence. */
const abbreviations = new Set(
  "al approx apt art assn ave bldg blvd ca cap cf ch co col corp dept dr ed eds eg eq eqs esp est etc ex fig figs gen gov hon ie inc incl jr lt ltd max min misc mr mrs ms no nos nr oct op p par para pp prof pt rd ref refs rev sec sen sep sept sr st str tab vol vs viz jan feb mar apr aug nov dec z.b bzw usw ggf d.h u.a bspw".split(
    " ",
  ),
);

/** After `3.`, a month: the point is of the date, as many languages write it. */
const month = /^\s+(?:jan|feb|mär|mar|apr|mai|maj|may|jun|jul|aug|sep|okt|oct|nov|dez|dec|des)[\p{L}]*\b/iu;

/** Units past which a sentence without an end is cut. */
const longest = 1_200;

const ends = /[.!?…。！？｡؟।]+["'”’»)\]*_]*/g;

interface Span {
  start: number;
  end: number;
}

/** The word in front of a point: letters and inner points. */
const wordBefore = (text: string, at: number): string =>
  /[\p{L}\p{M}.]+$/u.exec(text.slice(Math.max(0, at - 24), at))?.[0] ?? "";

function endsSentence(text: string, at: number, mark: string, limit: number): boolean {
  const after = at + mark.length;
  if (after >= limit) return true;
  if (/^[。！？｡]/.test(mark)) return true;
  if (!/\s/.test(text[after] ?? "")) return false;
  const next = /\S/u.exec(text.slice(after, Math.min(limit, after + 40)))?.[0] ?? "";
  if (!mark.startsWith(".") || mark.startsWith("...")) return !/\p{Ll}/u.test(next);
  if (/\p{Ll}/u.test(next)) return false;
  const word = wordBefore(text, at);
  if (
    /(?:^|\s)\d{1,2}$/.test(text.slice(Math.max(0, at - 3), at)) &&
    month.test(text.slice(after, after + 12))
  ) {
    return false;
  }
  // An initial, as in "J. Smith" or "U.S. Army"; a lone "I" or "A" does end sentences too, but rarely.
  if (/^(\p{Lu}|(\p{L}\.)+\p{L})$/u.test(word)) return false;
  return !abbreviations.has(word.toLowerCase());
}

/** Cuts a text between two positions at white space into pieces that are not too long, without what is blank. */
export const piecesOf = (text: string, start: number, end: number): Generator<Span> =>
  trimmed(text, pieces(text, start, end));

/** Cuts what is too long at white space. */
function* pieces(text: string, start: number, end: number): Generator<Span> {
  let at = start;
  while (end - at > longest) {
    const space = text.slice(at, at + longest).search(/\s\S*$/);
    let cut = space > longest / 2 ? at + space : at + longest;
    // A character of two units stays whole.
    if (/[\ud800-\udbff]/.test(text[cut - 1] ?? "")) cut -= 1;
    yield { start: at, end: cut };
    at = cut;
  }
  yield { start: at, end };
}

function* trimmed(text: string, spans: Iterable<Span>): Generator<Span> {
  for (const span of spans) {
    let { start, end } = span;
    while (start < end && /\s/.test(text[start] ?? "")) start += 1;
    while (end > start && /\s/.test(text[end - 1] ?? "")) end -= 1;
    if (end > start) yield { start, end };
  }
}

/**
 * The sentences of `text` between two positions, without the white space around them. A line break inside
 * a sentence does not end it. Points in numbers, initials and common abbreviations do not either. What follows
 * the first `most` sentences is cut by its length.
 */
export function sentencesIn(
  text: string,
  start: number,
  end: number,
  most = Number.POSITIVE_INFINITY,
): Span[] {
  const spans: Span[] = [];
  let from = start;
  // Only this part is searched: the rest of a long text may hold no end at all.
  for (const match of text.slice(start, end).matchAll(ends)) {
    if (spans.length >= most) break;
    const at = start + match.index;
    if (!endsSentence(text, at, match[0], end)) continue;
    const stop = at + match[0].length;
    spans.push(...pieces(text, from, stop));
    from = stop;
  }
  if (from < end) spans.push(...pieces(text, from, end));
  return [...trimmed(text, spans)];
}
