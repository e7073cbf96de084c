/** Goes through a text once and asks the recognisers where something may begin. */
import { atSign, breaking, dash, digit, insideWord, isEscape, kindAt, opening, word } from "./characters.ts";
import { type Found, type Recogniser, wait } from "./recogniser.ts";

/** A run without these, and shorter than `longWord`, holds nothing. Most words of prose are such. */
const telling = digit | atSign | dash;
const longWord = 20;

/** How far a run is looked over before it is gone through; it may be any length. */
const glance = 1024;

export interface Sighting {
  found: Found;
  recogniser: Recogniser;
}

/**
 * The first finding that begins at `from` or after it; or, where there is none, how far the text is clear:
 * no finding begins before that position, whatever text follows. Of recognisers that find something at the
 * same place, the first counts.
 */
export function search(
  text: string,
  from: number,
  final: boolean,
  recognisers: readonly Recogniser[],
): Sighting | number {
  let at = from;
  while (at < text.length) {
    if ((kindAt(text, at) & breaking) !== 0) {
      if (text[at] === "\\" && at + 1 === text.length && !final) return at;
      at += isEscape(text, at) ? 2 : 1;
      continue;
    }
    const end = endOfInteresting(text, at, final);
    if (end < 0) {
      at = -end;
      continue;
    }
    for (; at < end; at += 1) {
      const kind = kindAt(text, at);
      if (!mayBegin(text, at, kind)) continue;
      for (const recogniser of recognisers) {
        if ((recogniser.begins & kind) === 0) continue;
        const verdict = recogniser.at(text, at, final);
        if (verdict === wait) return at;
        if (verdict !== null) return { found: verdict, recogniser };
      }
    }
  }
  return text.length;
}

/** The end of the run that begins at `from`, negative where the run can be passed over. */
function endOfInteresting(text: string, from: number, final: boolean): number {
  const limit = Math.min(text.length, from + glance);
  let seen = 0;
  let end = from;
  for (; end < limit; end += 1) {
    const kind = kindAt(text, end);
    if ((kind & breaking) !== 0) break;
    seen |= kind;
  }
  const complete = end < limit || (final && end === text.length);
  return complete && (seen & telling) === 0 && end - from < longWord ? -end : end;
}

function mayBegin(text: string, at: number, kind: number): boolean {
  if ((kind & word) !== 0) return !insideWord(text, at);
  if ((kind & opening) !== 0) return true;
  return (kind & dash) !== 0 && text[at - 1] !== "-";
}
