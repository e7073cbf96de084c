/** A document's text in the making. */

/** The text has grown longer than a document's may be: nothing more of it is made. */
export class TextTooLong extends Error {
  constructor() {
    super("the text is too long");
    this.name = "TextTooLong";
  }
}

/** Gathers a text piece by piece, and stops at its limit: small documents can unfold to very long texts. */
export class TextWriter {
  readonly #limit: number;
  readonly #pieces: string[] = [];
  #length = 0;

  /** `limit` in characters (UTF-16 units). */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** @throws TextTooLong */
  write(piece: string): void {
    this.#length += piece.length;
    if (this.#length > this.#limit) throw new TextTooLong();
    this.#pieces.push(piece);
  }

  toString(): string {
    return this.#pieces.join("");
  }
}
