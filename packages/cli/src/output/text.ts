/**
 * Text from elsewhere, fit for a terminal: control characters, with which a name or an answer could
 * take over the screen, are dropped. Lines and tabs stay.
 */
export const printable = (text: string): string =>
  text.replaceAll(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    "",
  );

/** The same on one line. */
export const oneLine = (text: string): string => printable(text.replaceAll(/\s+/g, " ")).trim();

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const escapes = /\u001b\[\d+m/g;
const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u;

/** Columns a text takes on a terminal; colours take none. */
export function widthOf(text: string): number {
  const bare = text.replaceAll(escapes, "");
  if (/^[\u0020-\u007e]*$/.test(bare)) return bare.length;
  let width = 0;
  for (const { segment } of graphemes.segment(bare)) width += wide.test(segment) ? 2 : 1;
  return width;
}

/** At most `width` columns of a text without colours, its end replaced by an ellipsis where it is longer. */
export function fit(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
