/** Finds the commands in a page of documentation. */

export interface Block {
  /** Path of the page. */
  document: string;
  /** Number of the line that opens the block, from 1. */
  line: number;
  language: "sh" | "ts";
  script: string;
  /** Why the block is not run; null where it is. */
  unrun: string | null;
}

interface Open {
  block: Block;
  indent: string;
}

/**
 * The blocks fenced as `sh`, and the programs fenced as `ts run`, in order. `sh no-run <reason>` marks
 * commands that cannot be run where the tests run; other `ts` only shows something.
 * @throws Error for a `no-run` without a reason, and for a fence that is never closed.
 */
export function blocksOf(document: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  let fence: string | null = null;
  let open: Open | null = null;
  for (const [index, line] of markdown.split("\n").entries()) {
    const match = /^(\s*)(`{3,})(.*)$/.exec(line);
    const [, indent = "", ticks = "", words = ""] = match ?? [];
    if (fence === null && match !== null) {
      fence = ticks;
      open = opening(document, index + 1, indent, words.trim());
    } else if (fence !== null && ticks === fence && words.trim() === "") {
      if (open !== null) blocks.push(open.block);
      fence = null;
      open = null;
    } else if (open !== null) {
      open.block.script += `${line.startsWith(open.indent) ? line.slice(open.indent.length) : line}\n`;
    }
  }
  if (fence !== null) throw new Error(`${document}: a fence is not closed`);
  return blocks;
}

function opening(document: string, line: number, indent: string, words: string): Open | null {
  const block = { document, line, script: "", unrun: null };
  if (words === "ts run") return { indent, block: { ...block, language: "ts" } };
  const match = /^sh(?:\s+(no-run)(?:\s+(.*))?)?$/.exec(words);
  if (match === null) return null;
  const [, marked, reason = ""] = match;
  if (marked !== undefined && reason === "") throw new Error(`${document}:${line}: no-run needs a reason`);
  return { indent, block: { ...block, language: "sh", unrun: marked === undefined ? null : reason } };
}
