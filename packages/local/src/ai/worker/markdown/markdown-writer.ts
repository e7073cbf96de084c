/** Markdown in the making: it is asked all the time how it ends, and never read again. */

/** Characters of a line that may be nothing but its marks. */
const longestMark = 1_000;

export class MarkdownWriter {
  /** Lines that have ended, and the one that has not. */
  readonly #done: string[] = [];
  #line = "";
  /** The last two characters of all. */
  #tail = "";

  write(text: string): void {
    if (text === "") return;
    this.#tail = (this.#tail + text.slice(-2)).slice(-2);
    const end = text.lastIndexOf("\n") + 1;
    if (end > 0) {
      this.#done.push(this.#line, text.slice(0, end));
      this.#line = "";
    }
    this.#line += text.slice(end);
  }

  get isEmpty(): boolean {
    return this.#tail === "";
  }

  endsWith(ending: "\n" | "\n\n" | " "): boolean {
    return this.#tail.endsWith(ending);
  }

  /** Whether what is written next begins a line, behind its marks if need be. */
  get startsLine(): boolean {
    return this.isEmpty || this.endsWith("\n") || this.#isOnly(/^[>#\s]*(?:-|\d+\.)? $/);
  }

  /** Whether the line is the mark of an item and nothing else. */
  get isItem(): boolean {
    return this.#isOnly(/^\s*(?:-|\d+\.) $/);
  }

  #isOnly(marks: RegExp): boolean {
    return this.endsWith(" ") && this.#line.length <= longestMark && marks.test(this.#line);
  }

  toString(): string {
    return this.#done.join("") + this.#line;
  }
}
