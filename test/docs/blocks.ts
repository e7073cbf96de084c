/** Finds the commands and programs in a page of documentation. */

export interface Block {
  /** Path of the page. */
  document: string;
  /** Number of the line that opens the block, from 1. */
  line: number;
  script: string;
  /** The name under which the page has it saved; null for commands, which are typed. */
  file: string | null;
  /** Why the block is not run; null where it is. */
  unrun: string | null;
  /** For commands that go on in a terminal of their own: what they say before the page goes on, and in the end. */
  beside: { first: string; last: string } | null;
}

interface Open {
  block: Block;
  indent: string;
}

/**
 * The blocks fenced as `sh`, and the programs fenced as `js <name>.mjs` or `ts <name>.ts`, in order; other `js` and `ts`
 * only shows something. `sh no-run <reason>` marks commands that cannot be run where the tests run, and
 * `sh beside <first>, <last>` those that go on beside what follows, by a word that they say before the page goes on and
 * one that they say in the end.
 * @throws Error for a mark without its words, and for a fence that is never closed.
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
  const block: Block = { document, line, script: "", file: null, unrun: null, beside: null };
  const file = /^(?:js (\S+\.mjs)|ts (\S+\.ts))$/.exec(words);
  if (file !== null) return { indent, block: { ...block, file: file[1] ?? file[2] ?? "" } };
  const match = /^sh(?:\s+(no-run|beside)(?:\s+(.*))?)?$/.exec(words);
  if (match === null) return null;
  const [, mark, said = ""] = match;
  if (mark === "no-run") {
    if (said === "") throw new Error(`${document}:${line}: no-run needs a reason`);
    return { indent, block: { ...block, unrun: said } };
  }
  if (mark === "beside") {
    const [first, last] = said.split(", ");
    if (!first || !last) throw new Error(`${document}:${line}: beside needs what is said first and last`);
    return { indent, block: { ...block, beside: { first, last } } };
  }
  return { indent, block };
}
