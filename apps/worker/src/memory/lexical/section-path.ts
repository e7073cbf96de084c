/** What a piece of a text stands under: titles, outermost first, such as `Usage > Options`. */

/** Characters that are kept of one title, and of all of them: every piece below repeats them. */
const longestTitle = 200;
const longestSection = 600;

/** A title as pieces below it have it. */
export const titleOf = (heading: string): string =>
  heading.length <= longestTitle ? heading : `${heading.slice(0, longestTitle - 1)}…`;

/** The titles that are not empty, as one. Of what is too long, the innermost is kept. */
export function sectionOf(titles: readonly string[]): string {
  const section = titles.filter((title) => title !== "").join(" > ");
  return section.length <= longestSection ? section : `…${section.slice(1 - longestSection)}`;
}
