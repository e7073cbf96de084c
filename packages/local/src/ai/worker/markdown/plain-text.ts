/** Links and pictures as their words; each bracket is looked for once. */
function withoutAddresses(text: string): string {
  let plain = "";
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
    plain += text.slice(done, text[open - 1] === "!" && open > done ? open - 1 : open);
    plain += text.slice(open + 1, close);
    done = end + 1;
  }
  return plain + text.slice(done);
}

/** Markdown without its marks. Cells of tables stay on their lines, and code stays as it is. */
export const plainText = (markdown: string): string =>
  withoutMarks(withoutAddresses(withoutLineMarks(markdown)));

const withoutLineMarks = (markdown: string): string =>
  markdown
    .replace(/^\|(?:\s*:?-+:?\s*\|)+\n?/gm, "")
    .replace(/^\|(.*)\|$/gm, (_, cells: string) =>
      cells
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll("\\|", "|"))
        .join("\t"),
    )
    .replace(/^```.*\n?/gm, "")
    .replace(/^#{1,6}\s+/gm, "")
    .replace(/^(?:>\s?)+/gm, "");

const withoutMarks = (text: string): string =>
  text
    .replace(/(\*\*|__|~~)(?=\S)(.+?)\1/g, "$2")
    .replace(/(?<![\w*])[*_](?=\S)([^*_\n]+)[*_](?!\w)/g, "$1")
    .replace(/`([^`\n]+)`/g, "$1")
    .trim();
