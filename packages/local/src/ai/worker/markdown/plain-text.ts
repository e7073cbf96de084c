/** Markdown without its marks. Cells of tables stay on their lines, and code stays as it is. */
export const plainText = (markdown: string): string =>
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
    .replace(/^(?:>\s?)+/gm, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(\*\*|__|~~)(?=\S)(.+?)\1/g, "$2")
    .replace(/(?<![\w*])[*_](?=\S)([^*_\n]+)[*_](?!\w)/g, "$1")
    .replace(/`([^`\n]+)`/g, "$1")
    .trim();
