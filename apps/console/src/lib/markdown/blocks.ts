import { lexer, type Token, type TokensList } from "marked";

/** The blocks of a Markdown text, and where its references lead, in words that can be compared. */
export interface Blocks {
  tokens: Token[];
  links: string;
}

/**
 * The blocks of a Markdown text (GitHub's flavour). Blocks that are the same as in `previous` are the
 * same objects, so that a text that grows is rendered anew only where it grew, or where a reference may now lead.
 */
export function blocksOf(text: string, previous?: Blocks): Blocks {
  const blocks: TokensList = lexer(text, { gfm: true });
  const links = JSON.stringify(blocks.links);
  const known = previous?.links === links ? previous.tokens : [];
  const tokens = blocks
    .filter((block) => block.type !== "space" && block.type !== "def")
    .map((block, index) => {
      const before = known[index];
      return before?.raw === block.raw && before.type === block.type ? before : block;
    });
  return { tokens, links };
}

/**
 * A link's address, if it is one that may be followed from an answer: the web, or mail. Anything else
 * (`javascript:`, `data:`, a path of this console) is shown as plain text.
 */
export function safeAddress(href: string): string | null {
  const address = URL.canParse(href) ? new URL(href) : null;
  return address && ["https:", "http:", "mailto:"].includes(address.protocol) ? address.href : null;
}
