/** Finds the commands in a page of documentation. */

export interface Block {
  /** Path of the page. */
  document: string;
  /** Number of the line that opens the block, from 1. */
  line: number;
  script: string;
  /** Why the block is not run; null where it is. */
  unrun: string | null;
}

/**
 * The blocks fenced as `sh`, in order. `sh no-run <reason>` marks one that cannot be run where the tests run.
 * @throws Error for a `no-run` without a reason, and for a fence that is never closed.
 */
export function blocksOf(document: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  let fence: string | null = null;
  let open: (Block & { indent: string }) | null = null;
  for (const [index, line] of markdown.split("\n").entries()) {
    const match = /^(\s*)(`{3,})(.*)$/.exec(line);
    const [, indent = "", ticks = "", words = ""] = match ?? [];
    if (fence === null && match !== null) {
      fence = ticks;
      open = opening(document, index + 1, indent, words.trim());
    } else if (fence !== null && ticks === fence && words.trim() === "") {
      if (open !== null)
        blocks.push({ document: open.document, line: open.line, script: open.script, unrun: open.unrun });
      fence = null;
      open = null;
    } else if (open !== null) {
      open.script += `${line.startsWith(open.indent) ? line.slice(open.indent.length) : line}\n`;
    }
  }
  if (fence !== null) throw new Error(`${document}: a fence is not closed`);
  return blocks;
}

function opening(
  document: string,
  line: number,
  indent: string,
  words: string,
): (Block & { indent: string }) | null {
  const match = /^sh(?:\s+(no-run)(?:\s+(.*))?)?$/.exec(words);
  if (match === null) return null;
  const [, marked, reason = ""] = match;
  if (marked !== undefined && reason === "") throw new Error(`${document}:${line}: no-run needs a reason`);
  return { document, line, script: "", unrun: marked === undefined ? null : reason, indent };
}
