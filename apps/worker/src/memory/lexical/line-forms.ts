/**
 * What one line of a text is, by its form. A document may be a single line of megabytes, so each of these
 * looks at a line's characters a fixed number of times: no two repetitions in a row may take the same ones.
 */

export const fence = /^ {0,3}(```+|~~~+)/;
export const itemLine = /^(\s*)(?:[-*+•‣◦▪●○–]|\d{1,3}[.)]|[a-z][.)])\s+(?:\[[ xX]\]\s+)?/;
export const ruleLine = /^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|={3,})$/;
export const labelLine = /^(?:\*\*)?\p{Lu}[^:.!?]{0,40}:(?:\*\*)?\s+\S/u;

const recordLine = /^[^:;]{1,60}: [^;]*(?:; [^:;]{1,60}: [^;]*)+$/;
const jsonLine = /^\s*(?:"(?:[^"\\]|\\.)*"\s*:|[{}[\]],?\s*$|"(?:[^"\\]|\\.)*",?\s*$)/;

/** Whether a line is a row of a sheet, or a line of JSON. */
export const isRecord = (line: string): boolean => recordLine.test(line.trim()) || jsonLine.test(line);

/** `# Title #`: its level and its title; null for any other line. */
export function headingOf(line: string): { level: number; title: string } | null {
  const [mark, signs] = /^ {0,3}(#{1,6})\s/.exec(line) ?? [];
  if (mark === undefined || signs === undefined) return null;
  const marked = line.slice(mark.length).trim();
  let end = marked.length;
  while (marked[end - 1] === "#") end -= 1;
  const title = marked.slice(0, end).trimEnd();
  // Breaks of other systems, which are no ends of lines here.
  return /[\r\u2028\u2029]/.test(title) ? null : { level: signs.length, title };
}

/** The line under a table's column names: dashes, with bars, colons and plus signs. */
export const isTableRule = (line: string): boolean => line.includes("-") && /^[\s|:+-]+$/.test(line);

/** Where a row's cells begin and end: without the white space and bars around them. */
export function cellsOf(line: string): { start: number; end: number } {
  const start = /^[\s|]*/.exec(line)?.[0].length ?? 0;
  let end = line.length;
  while (end > start && /[\s|]/.test(line[end - 1] ?? "")) end -= 1;
  return { start, end };
}

/** Whether a paragraph of one line stands over what follows, as titles do in text without markup. */
export const standsAsHeading = (line: string): boolean =>
  line.length <= 90 &&
  /^[\p{Lu}\p{Lo}\p{N}]/u.test(line) &&
  /\p{L}/u.test(line) &&
  !/[.!?:;,。！？]["')\]]?$/.test(line) &&
  line.split(/\s+/).length <= 12;

/** `2.1. Title` or `2.1 Title`, as sections are numbered; `2. Title` may be an item of a list. */
const numbered = /^(\d{1,3}(?:\.\d{1,3})+\.?|\d{1,3}\.)\s+\p{Lu}/u;

/** The level of a numbered title that stands alone, below those of Markdown's main headings; else null. */
export function numberedLevel(line: string): number | null {
  const number = numbered.exec(line)?.[1];
  if (number === undefined || !standsAsHeading(line.replace(/\?$/, ""))) return null;
  return 2 + number.replace(/\.$/, "").split(".").length;
}
