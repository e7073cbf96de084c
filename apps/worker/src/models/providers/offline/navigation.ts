/** Lines that only lead somewhere else. */

/** A line of a table of contents or a row of links: little is left of it without them. */
export function isNavigation(text: string): boolean {
  const rest = withoutLinks(text);
  return rest !== text && rest.replace(/[^\p{L}\p{N}]/gu, "").length < text.length * 0.1;
}

/** A text without its `[words](address)` and `![pictures](address)`; each bracket is looked for once. */
function withoutLinks(text: string): string {
  let rest = "";
  let done = 0;
  let close = -1;
  let end = -1;
  for (let open = text.indexOf("["); open !== -1; open = text.indexOf("[", open + 1)) {
    if (open < done) continue;
    if (close < open) close = text.indexOf("]", open);
    if (close === -1) break;
    if (text[close + 1] !== "(") continue;
    if (end < close) end = text.indexOf(")", close);
    if (end === -1) break;
    const start = text[open - 1] === "!" && open > done ? open - 1 : open;
    rest += text.slice(done, start);
    done = end + 1;
  }
  return rest + text.slice(done);
}
