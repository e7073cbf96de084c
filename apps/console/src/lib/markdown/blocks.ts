import { lexer, type Token, type TokensList } from "marked";

/**
 * The blocks of a Markdown text (GitHub's flavour). Blocks that are the same as in `previous` are the
 * same objects, so that a text that grows is rendered anew only where it grew.
 */
export function blocksOf(text: string, previous: readonly Token[] = []): Token[] {
  const blocks: TokensList = lexer(text, { gfm: true });
  return blocks
    .filter((block) => block.type !== "space" && block.type !== "def")
    .map((block, index) => {
      const before = previous[index];
      return before?.raw === block.raw && before.type === block.type ? before : block;
    });
}

/**
 * A link's address, if it is one that may be followed from an answer: the web, or mail. Anything else
 * (`javascript:`, `data:`, a path of this console) is shown as plain text.
 */
export function safeAddress(href: string): string | null {
  const address = URL.canParse(href) ? new URL(href) : null;
  return address && ["https:", "http:", "mailto:"].includes(address.protocol) ? address.href : null;
}
